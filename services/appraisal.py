"""Appraisal by field (Điều 7.3): a helper enters its own figures beside the claim, keeps claims, hands the field in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal

from sqlalchemy import select

import models as m
from extensions import db
from models.situation import Situation, situations
from permissions.actor import Actor
from permissions.gate import Act, Refused, act, hidden
from permissions.standing import Standing, standing
from rules.message import M, Message
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import Layer, State
from services import score as scores
from services import snapshot
from services.score import Entry, EntryFault, StaleEntry
from services.sheet import ZERO, Leaf, leaf_of, leaves_of
from services.weighing import as_claimed, weigh


class Incomplete(Exception):
    """A field that cannot be handed in yet: the leaves without an appraisal, or without the survey's value."""

    def __init__(self, missing: list[Leaf]) -> None:
        super().__init__(", ".join(leaf.criterion.code for leaf in missing))
        self.missing = missing


class Unsent(Exception):
    """A field with questions that the unit was never sent: they are sent or withdrawn before it goes to the council."""

    def __init__(self, marked: list[Leaf]) -> None:
        super().__init__(", ".join(leaf.criterion.code for leaf in marked))
        self.marked = marked


def verb_of(sheet: m.FieldSheet) -> Verb:
    """Return what a helper does with a leaf of this sheet: appraise it, or, once the unit was asked, appraise it again."""
    return Verb.REAPPRAISE if sheet.state in (State.EXPLANATION, State.REAPPRAISAL) else Verb.APPRAISE


def judge(stand: Standing, sheet: m.FieldSheet, seen: Situation, leaf: Leaf) -> Verdict:
    """Answer "may I?" for the helper's figures of one leaf: the second time only for what the unit was asked about."""
    verb = verb_of(sheet)
    verdict = stand.judge(verb, sheet, seen, [leaf.criterion])
    return verdict if not verdict or verb is Verb.APPRAISE or leaf.asked else NOT_ASKED


NOT_ASKED = Verdict(
    False,
    Refusal.STATE,
    M("Only the items that the unit was asked to explain are appraised again."),
    M("The council may send the field back to you, or a superior reopen it."),
)


@contextmanager
def _writing(sheet: m.FieldSheet, criterion: m.Criterion) -> Iterator[tuple[Act, Leaf]]:
    """Open the act that writes one leaf in the layer the helper stands in; yield the leaf as it is under the lock."""
    verb = verb_of(sheet)
    with act(verb, sheet, criteria=[criterion]) as given:
        leaf = _leaf(sheet, criterion)
        if verb is Verb.REAPPRAISE and not leaf.asked:
            raise Refused(NOT_ASKED)
        yield given, leaf


def save(sheet: m.FieldSheet, criterion: m.Criterion, entry: Entry, seen: Ticket | None = None) -> m.Score:
    """Save the appraisal of one leaf. Raises ``EntryFault``, ``StaleEntry`` and ``Refused``.

    Points other than the claim need a reason; so does a not-applicable proposal that is turned down. ``seen`` is the claim
    that the entry was made against: another one by now is a stale entry.
    """
    with _writing(sheet, criterion) as (given, leaf):
        _fresh(leaf, entry)
        if seen is not None and Ticket.of(sheet, leaf) != seen:
            raise StaleEntry({criterion.code: leaf.given})
        weighed = weigh(leaf, entry, sheet.assessment.round)
        faults = dict(weighed.faults)
        if weighed.empty:
            faults[""] = M("Enter figures, other points, or keep the claim.")
        elif weighed.reason_owed and not entry.reason.strip():
            faults["reason"] = M("The points differ from the claim: give the reason.")
        if faults:
            raise EntryFault({criterion.code: faults})
        again = leaf.outdated or leaf.undecided
        saved = _put(given, sheet, leaf.layer, [(criterion, entry)])[0]
        assert saved is not None  # noqa: S101 - only an empty entry leaves no row
        if again:
            _say_again(given, saved)
        return saved


def _say_again(given: Act, row: m.Score) -> None:
    """Note that the same figures were given anew, to a claim that changed or a new answer: the row is the later one now."""
    if row.updated_at == given.now:
        return  # it was written just now
    row.updated_at = given.now
    row.version += 1
    if given.actor is not None:
        row.author_id = given.actor.account_id


def clear(sheet: m.FieldSheet, criterion: m.Criterion, version: int) -> None:
    """Take the own appraisal of a leaf back: it is "not appraised" again. Raises ``StaleEntry`` and ``Refused``."""
    with _writing(sheet, criterion) as (given, leaf):
        _fresh(leaf, Entry(version=version))
        _put(given, sheet, leaf.layer, [(criterion, Entry(version=version))])


def keep_one(sheet: m.FieldSheet, criterion: m.Criterion, ticket: Ticket, version: int) -> None:
    """Take over the one claim that was on the screen, or confirm that the leaf does not apply.

    Raises ``StaleEntry`` where the claim or the own row changed since, and ``Refused``.
    """
    with _writing(sheet, criterion) as (given, leaf):
        _fresh(leaf, Entry(version=version))
        if leaf.claim is None or Ticket.of(sheet, leaf) != ticket:
            raise StaleEntry({criterion.code: leaf.given})
        _put_again(given, sheet, leaf, replace(as_claimed(leaf.claim), version=version))


def keep_first(sheet: m.FieldSheet, criterion: m.Criterion, version: int) -> None:
    """Let the first appraisal of a leaf stand after the unit's explanation: the second says the same.

    Raises ``StaleEntry`` and ``Refused``; hidden where there is no first appraisal.
    """
    with _writing(sheet, criterion) as (given, leaf):
        _fresh(leaf, Entry(version=version))
        if leaf.first is None or leaf.layer is Layer.APPRAISAL:
            raise hidden()
        _put_again(given, sheet, leaf, replace(as_claimed(leaf.first), reason=leaf.first.reason, version=version))


def _put_again(given: Act, sheet: m.FieldSheet, leaf: Leaf, entry: Entry) -> None:
    again = leaf.outdated or leaf.undecided
    saved = _put(given, sheet, leaf.layer, [(leaf.criterion, entry)])[0]
    if again and saved is not None:
        _say_again(given, saved)


def _leaf(sheet: m.FieldSheet, criterion: m.Criterion) -> Leaf:
    """Read a leaf of the sheet's own field anew, under the lock."""
    leaf_of(sheet, criterion.id)
    return next(leaf for leaf in leaves_of([sheet])[sheet.id] if leaf.criterion.id == criterion.id)


def _fresh(leaf: Leaf, entry: Entry) -> None:
    present = leaf.given
    if (present.version if present is not None else 0) != entry.version:
        raise StaleEntry({leaf.criterion.code: present})


def _put(
    given: Act, sheet: m.FieldSheet, layer: Layer, entries: Sequence[tuple[m.Criterion, Entry]]
) -> list[m.Score | None]:
    return scores.put(given, sheet.assessment, layer, entries, sheet.assessment.round)


# Keeping claims


@dataclass(frozen=True, slots=True)
class Ticket:
    """One claim as the helper saw it: keeping fails by name where it changed in between."""

    sheet_id: int
    criterion_id: int
    claim_id: int
    claim_version: int

    def __str__(self) -> str:
        return f"{self.sheet_id}.{self.criterion_id}.{self.claim_id}.{self.claim_version}"

    @classmethod
    def of(cls, sheet: m.FieldSheet, leaf: Leaf) -> Ticket | None:
        claim = leaf.claim
        return None if claim is None else cls(sheet.id, leaf.criterion.id, claim.id, claim.version)

    @classmethod
    def parse(cls, text: str) -> Ticket | None:
        """Read a ticket as a form sends it; None where it is none."""
        parts = text.split(".")
        if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) <= 18 for part in parts):
            return None
        return cls(*map(int, parts))


@dataclass(frozen=True, slots=True)
class Line:
    """A claim of a unit in a list of claims to keep."""

    sheet: m.FieldSheet
    unit_name: str
    leaf: Leaf
    ticket: Ticket

    @property
    def points(self) -> Decimal:
        claim = self.leaf.claim
        return ZERO if claim is None or claim.points is None else claim.points


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A leaf, or a whole sheet, that is not kept, with the reason why."""

    sheet: m.FieldSheet
    unit_name: str
    leaf: Leaf | None
    why: Message | None


@dataclass(frozen=True, slots=True)
class Keeping:
    """What "keep the claim" would do: exactly these lines, and those left out, by name."""

    lines: list[Line]
    left_out: list[LeftOut]

    @property
    def change(self) -> Decimal:
        """Sum of the changes against the claims: 0 by the nature of the act, counted all the same."""
        return sum((line.leaf.change(line.leaf.claim) for line in self.lines), ZERO)

    @property
    def points(self) -> Decimal:
        return sum((line.points for line in self.lines), ZERO)


def keeping(actor: Actor, sheets: Sequence[m.FieldSheet], criterion_id: int | None = None) -> Keeping:
    """List the claims that "keep the claim" would take over, in a constant number of statements.

    Leaves already appraised or in the charge of others are no part of it; a missing claim and a proposal that the leaf does
    not apply want a decision of their own and are named. ``criterion_id`` narrows it to one leaf across units.
    """
    if not sheets:
        return Keeping([], [])
    stand = standing(db.session(), actor, sheets)
    forms = _forms(sheets)
    seen = situations(db.session(), list(forms.values()), actor.now)
    names = _unit_names(sheets)
    lines: list[Line] = []
    left_out: list[LeftOut] = []
    for sheet_id, leaves in leaves_of(sheets).items():
        sheet = next(one for one in sheets if one.id == sheet_id)
        verdict = stand.judge(Verb.APPRAISE, sheet, seen[sheet.assessment_id])
        name = names[sheet.unit_id]
        if not verdict:
            left_out.append(LeftOut(sheet, name, None, verdict.why))
            continue
        for leaf in leaves:
            if criterion_id not in (None, leaf.criterion.id) or not stand.covers(sheet, leaf.criterion):
                continue
            if leaf.survey or not leaf.waiting:
                continue
            ticket, why = Ticket.of(sheet, leaf), _why_not_kept(leaf)
            if ticket is not None and why is None:
                lines.append(Line(sheet, name, leaf, ticket))
            else:
                left_out.append(LeftOut(sheet, name, leaf, why))
    return Keeping(lines, left_out)


def _why_not_kept(leaf: Leaf) -> Message | None:
    if leaf.outdated:
        return M("The claim changed after it was appraised: look at it, then save again.")
    if leaf.claim is None:
        return M("The unit has not scored it: there is no claim to keep.")
    if leaf.claim.not_applicable:
        return M("The unit proposes that it does not apply: decide it by itself.")
    return None


def _forms(sheets: Sequence[m.FieldSheet]) -> dict[int, m.Assessment]:
    ids = {sheet.assessment_id for sheet in sheets}
    return {form.id: form for form in db.session.scalars(select(m.Assessment).where(m.Assessment.id.in_(ids)))}


def _unit_names(sheets: Iterable[m.FieldSheet]) -> dict[int, str]:
    ids = {sheet.unit_id for sheet in sheets}
    return dict(db.session.execute(select(m.Unit.id, m.Unit.name).where(m.Unit.id.in_(ids))).all())


@dataclass(frozen=True, slots=True)
class Kept:
    """What became of a list of tickets: how many were kept, and the others by name."""

    count: int
    failed: list[LeftOut]


def keep(tickets: Sequence[Ticket]) -> Kept:
    """Take the claims over as the appraisal, one transaction a sheet; what changed in between fails by name.

    Raises ``Refused`` (hidden) before anything is done where a ticket names a sheet or a leaf out of reach.
    """
    wanted = {ticket.sheet_id for ticket in tickets}
    found = {
        sheet.id: sheet for sheet in db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.id.in_(wanted))).all()
    }
    if wanted - set(found):
        raise hidden()
    names = _unit_names(found.values())
    count = 0
    failed: list[LeftOut] = []
    for sheet_id in sorted(wanted):
        sheet = found[sheet_id]
        own = {ticket.criterion_id: ticket for ticket in tickets if ticket.sheet_id == sheet_id}
        criteria = [leaf_of(sheet, criterion_id) for criterion_id in own]
        name = names[sheet.unit_id]
        try:
            done, late = _keep_in(sheet, name, criteria, own)
        except Refused as refused:
            failed.append(LeftOut(sheet, name, None, refused.verdict.why))
        else:
            count += done
            failed.extend(late)
    return Kept(count, failed)


def _keep_in(
    sheet: m.FieldSheet, name: str, criteria: Sequence[m.Criterion], own: dict[int, Ticket]
) -> tuple[int, list[LeftOut]]:
    with act(Verb.APPRAISE, sheet, criteria=criteria) as given:
        entries: list[tuple[m.Criterion, Entry]] = []
        late: list[LeftOut] = []
        for leaf in leaves_of([sheet])[sheet.id]:
            ticket = own.get(leaf.criterion.id)
            if ticket is None:
                continue
            touched = leaf.done or leaf.marked or leaf.exemption is not None
            if touched or Ticket.of(sheet, leaf) != ticket:
                late.append(LeftOut(sheet, name, leaf, M("Somebody else changed this in the meantime.")))
            elif (claim := leaf.claim) is not None:
                entries.append((leaf.criterion, as_claimed(claim)))
        if entries:
            _put(given, sheet, Layer.APPRAISAL, entries)
    return len(entries), late


# Handing in


def missing(sheet: m.FieldSheet) -> list[Leaf]:
    """Return the leaves that still keep the field from the council."""
    return [leaf for leaf in leaves_of([sheet])[sheet.id] if leaf.waiting]


def hand_in(sheet: m.FieldSheet) -> None:
    """Hand the complete field to the council; from then on it is locked for its helpers.

    What the unit was asked is settled with it. Raises ``Unsent``, ``Incomplete`` and ``Refused``.
    """
    with act(Verb.HAND_IN, sheet) as given:
        leaves = leaves_of([sheet])[sheet.id]
        marked = [leaf for leaf in leaves if leaf.marked]
        if marked:
            raise Unsent(marked)
        left = [leaf for leaf in leaves if leaf.waiting]
        if left:
            raise Incomplete(left)
        given_by = (layer for leaf in leaves for layer in leaf.layers if layer < Layer.COUNCIL)
        snapshot.take(given, sheet.assessment, max([Layer.APPRAISAL, *given_by]), sheet)
        settle(given, leaves, withdrawn=False)
        sheet.state = given.to or State.APPRAISED
        sheet.returned_reason = None


def settle(given: Act, leaves: Sequence[Leaf], *, withdrawn: bool) -> None:
    """Close the questions that the unit was sent: a decision was taken, or the field begins anew.

    ``withdrawn`` tells that the unit was still writing: nobody else reads what it did not finish.
    """
    for leaf in leaves:
        if leaf.question is not None and leaf.asked:
            leaf.question.settled_at = given.now
            leaf.question.withdrawn = withdrawn

"""Writing scores: one function for every layer, so that inputs, points and refusals are the same for all who score."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Act
from rules.criteria import InputFault, Outcome
from rules.message import M, Message
from rules.rounding import NumberFault, parse_decimal
from rules.text import CONTROLS, nfc
from rules.vocabulary import CriterionKind, Layer
from services import subtotal

#: Seconds since then fit the column until 2088.
_COUNTED_FROM = datetime(2020, 1, 1, tzinfo=UTC)
NOTE_LENGTH = 4000
REASON_LENGTH = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """What somebody typed for one leaf.

    ``inputs`` as the form gives them; ``stated`` other points than the computed ones (needs ``reason``), as typed;
    ``not_applicable`` proposes or confirms that the leaf does not apply; ``version`` is that of the row the form was made
    from, 0 when there was none.
    """

    inputs: Mapping[str, object] = field(default_factory=dict)
    stated: str = ""
    not_applicable: bool = False
    note: str = ""
    reason: str = ""
    version: int = 0

    @property
    def empty(self) -> bool:
        """Nothing was given: the leaf is to be "not scored"."""
        return not (self.stated.strip() or self.not_applicable or any(_given(value) for value in self.inputs.values()))


@dataclass(frozen=True, slots=True)
class Reading:
    """An entry understood: what a score row will hold."""

    inputs: dict[str, str | list[str]]
    computed: Decimal | None
    stated: Decimal | None
    points: Decimal | None
    not_applicable: bool
    note: str
    reason: str
    arithmetic: Message | None


class EntryFault(Exception):
    """Entries that cannot be saved: leaf code -> field name -> sentence. Nothing was changed."""

    def __init__(self, faults: dict[str, dict[str, Message]]) -> None:
        super().__init__("; ".join(f"{code}: {', '.join(map(str, f.values()))}" for code, f in faults.items()))
        self.faults = faults


class StaleEntry(Exception):
    """Somebody else saved these leaves since the form was made: leaf code -> the row as it stands now (or none)."""

    def __init__(self, current: dict[str, m.Score | None]) -> None:
        super().__init__(", ".join(current))
        self.current = current


def _given(value: object) -> bool:
    return bool(value.strip()) if isinstance(value, str) else bool(value)


def read(criterion: m.Criterion, entry: Entry, layer: Layer, round_: m.Round) -> Reading:
    """Understand an entry: inputs to points by the leaf's rule. Raises ``InputFault`` with a sentence per field."""
    faults: dict[str, Message] = {}
    inputs: dict[str, str | list[str]] = {}
    outcome: Outcome | None = None
    if not entry.not_applicable and any(_given(value) for value in entry.inputs.values()):
        try:
            inputs = criterion.rule.read(entry.inputs)
            outcome = criterion.rule.points(inputs)
        except InputFault as fault:
            faults.update(fault.faults)
    note, reason = nfc(entry.note).strip(), nfc(entry.reason).strip()
    stated = _stated(criterion, entry, layer, round_, faults)
    _check_words(note, reason, faults)
    for name, text in (("note", note), ("reason", reason)):
        if CONTROLS.search(text):
            faults[name] = M("This text holds a character that cannot be kept: type it again.")
    if stated is not None and not reason:
        faults["reason"] = M("Other points than the computed ones need a reason.")
    elif layer in (Layer.SUPERIOR, Layer.COUNCIL) and not reason:
        faults["reason"] = M("Give the reason.")
    if entry.not_applicable and layer is Layer.SELF:
        _check_proposal(criterion, note or reason, faults)
    if faults:
        raise InputFault(faults)
    not_applicable = stated is None and (entry.not_applicable or (outcome is not None and outcome.not_applicable))
    computed = outcome.points if outcome is not None else None
    points = None if not_applicable else stated if stated is not None else computed
    return Reading(
        inputs, computed, stated, points, not_applicable, note, reason, outcome.arithmetic if outcome else None
    )


def _check_words(note: str, reason: str, faults: dict[str, Message]) -> None:
    if len(note) > NOTE_LENGTH:
        faults["note"] = M("At most {limit} characters.", limit=NOTE_LENGTH)
    if len(reason) > REASON_LENGTH:
        faults["reason"] = M("At most {limit} characters.", limit=REASON_LENGTH)


def _check_proposal(criterion: m.Criterion, words: str, faults: dict[str, Message]) -> None:
    """A unit may propose "not applicable" only where the rule foresees it, and says why."""
    if not criterion.rule.may_be_not_applicable:
        faults["not_applicable"] = M("This criterion applies to every unit.")
    elif not words:
        faults["note"] = M("Explain why this criterion does not apply.")


def _stated(
    criterion: m.Criterion, entry: Entry, layer: Layer, round_: m.Round, faults: dict[str, Message]
) -> Decimal | None:
    text = entry.stated.strip()
    if not text:
        return None
    if layer is Layer.SELF and not round_.stated_points_allowed:
        faults["stated"] = M("In this round points follow from the figures only.")
        return None
    try:
        stated = parse_decimal(text, places=round_.typed_places)
    except NumberFault as fault:
        faults["stated"] = fault.message
        return None
    if criterion.max_points is not None and stated > criterion.max_points:
        faults["stated"] = M("Points go from 0 to {maximum}.", maximum=criterion.max_points)
        return None
    return stated


def put(
    act: Act, assessment: m.Assessment, layer: Layer, entries: Sequence[tuple[m.Criterion, Entry]], round_: m.Round
) -> list[m.Score | None]:
    """Save entries of one layer of one form, all or nothing, inside an act; return the rows, none where emptied.

    Raises ``EntryFault`` and ``StaleEntry``. One statement reads the present rows, the flush writes them in batches, the
    subtotals of the touched fields follow.
    """
    writing = Writing(act, layer, [assessment], [criterion for criterion, _ in entries])
    saved = writing.put(assessment, entries, round_)
    writing.finish()
    return saved


class Writing:
    """Entries of one layer for many forms: what ``put`` does, in as many statements for a thousand forms as for one.

    The present rows are read once, under their locks; ``put`` each form, then ``finish``.
    """

    def __init__(
        self, act: Act, layer: Layer, assessments: Iterable[m.Assessment], criteria: Iterable[m.Criterion]
    ) -> None:
        self.act = act
        self.layer = layer
        self.fields: dict[int, set[str]] = {}
        form_ids = {assessment.id for assessment in assessments}
        present = (
            select(m.Score)
            .where(
                m.Score.assessment_id.in_(form_ids),
                m.Score.layer == layer,
                m.Score.criterion_id.in_({criterion.id for criterion in criteria}),
            )
            .order_by(m.Score.id)
            .with_for_update(of=m.Score)
            .execution_options(populate_existing=True)
        )
        self.present = {(score.assessment_id, score.criterion_id): score for score in db.session.scalars(present)}
        exemption = m.Exemption
        exempt = select(exemption.assessment_id, exemption.criterion_id).where(exemption.assessment_id.in_(form_ids))
        self.exempt: set[tuple[int, int]] = {(form_id, leaf_id) for form_id, leaf_id in db.session.execute(exempt)}

    def put(
        self, assessment: m.Assessment, entries: Sequence[tuple[m.Criterion, Entry]], round_: m.Round
    ) -> list[m.Score | None]:
        """Take the entries of one form, all or nothing; return the rows, none where emptied.

        Raises ``EntryFault`` and ``StaleEntry``; the rows get their numbers from ``finish``.
        """
        readings: list[Reading | None] = []
        faults: dict[str, dict[str, Message]] = {}
        stale: dict[str, m.Score | None] = {}
        for criterion, entry in entries:
            key = (assessment.id, criterion.id)
            score = self.present.get(key)
            fault = _placement(criterion, assessment, self.layer, exempt=key in self.exempt)
            if fault is not None:
                faults[criterion.code] = {"": fault}
            elif (score.version if score else 0) != entry.version:
                stale[criterion.code] = score
            elif not entry.empty:
                try:
                    readings.append(read(criterion, entry, self.layer, round_))
                    continue
                except InputFault as found:
                    faults[criterion.code] = found.faults
            readings.append(None)
        if stale:
            raise StaleEntry(stale)
        if faults:
            raise EntryFault(faults)
        self.fields.setdefault(assessment.id, set()).update(criterion.field_code for criterion, _ in entries)
        return [
            _write(
                self.act, assessment, self.layer, criterion, self.present.get((assessment.id, criterion.id)), reading
            )
            for (criterion, _), reading in zip(entries, readings, strict=True)
        ]

    def finish(self) -> None:
        """Write the rows in batches and renew the subtotals of the touched fields."""
        codes = set().union(*self.fields.values())
        found = db.session.execute(
            select(m.FieldSheet, m.Criterion.code)
            .join(m.Criterion, m.Criterion.id == m.FieldSheet.field_id)
            .where(m.FieldSheet.assessment_id.in_(self.fields), m.Criterion.code.in_(codes))
        )
        sheets = [(sheet, code) for sheet, code in found if code in self.fields[sheet.assessment_id]]
        fields = {sheet.field_id: code for sheet, code in sheets}
        subtotal.refresh(db.session(), [sheet for sheet, _ in sheets], fields)


def _placement(criterion: m.Criterion, assessment: m.Assessment, layer: Layer, *, exempt: bool) -> Message | None:
    """Return why this leaf takes no points on this layer, or None."""
    if criterion.set_id != assessment.criteria_set_id or not criterion.is_leaf:
        return M("This criterion is not scored.")
    if exempt:
        return M("This criterion does not apply to the unit.")
    if layer in (Layer.SELF, Layer.SUPERIOR) and not criterion.self_scored:
        penalty = criterion.kind is CriterionKind.PENALTY
        return M("Penalties are entered by the helper team.") if penalty else M("Survey points come from the survey.")
    if (layer is Layer.SURVEY) is not (criterion.method.value == "survey") and layer not in (Layer.COUNCIL,):
        return M("Survey points come from the survey.")
    return None


def _write(
    act: Act,
    assessment: m.Assessment,
    layer: Layer,
    criterion: m.Criterion,
    score: m.Score | None,
    reading: Reading | None,
) -> m.Score | None:
    if reading is None:
        if score is not None:
            db.session.delete(score)
        return None
    if score is None:
        score = m.Score(
            assessment_id=assessment.id,
            unit_id=assessment.unit_id,
            criteria_set_id=assessment.criteria_set_id,
            criterion_id=criterion.id,
            layer=layer,
            version=_first_version(act.now),
        )
        db.session.add(score)
    elif _same(score, reading):
        return score  # nothing new: no version, no audit row
    else:
        score.version += 1
    score.inputs = dict(reading.inputs)
    score.computed_points = reading.computed
    score.stated_points = reading.stated
    score.points = reading.points
    score.not_applicable = reading.not_applicable
    score.note = reading.note
    score.reason = reading.reason
    score.author_id = act.actor.account_id if act.actor is not None else score.author_id
    score.updated_at = act.now
    return score


def _first_version(now: datetime) -> int:
    """Return where a new row begins to count: at its second, so above every version of a row that was emptied before.

    Did each row begin at 1, a page of the emptied row would fit the new one and overwrite it unseen.
    """
    return max(1, int((now - _COUNTED_FROM).total_seconds()))


def _same(score: m.Score, reading: Reading) -> bool:
    return (score.inputs, score.stated_points, score.not_applicable, score.note, score.reason) == (
        reading.inputs,
        reading.stated,
        reading.not_applicable,
        reading.note,
        reading.reason,
    )

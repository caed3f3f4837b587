"""What the pages of the history show of one form to one person; every refusal and every absence is decided here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import aliased

import models as m
from extensions import db
from models.situation import Situation, situation
from permissions.actor import Actor
from permissions.gate import Refused, hidden
from permissions.policies import judge
from rules.criteria import Rule
from rules.message import M, Message
from rules.verbs import Verb
from rules.vocabulary import Layer, Stage
from services import scoring
from services.history import trail
from services.history.compare import Comparison, Side, compare
from services.history.handovers import Handover, contents, handovers
from services.history.held import Held, read
from services.history.holding import hold

#: How an address names the present state of the form instead of a hand-over.
NOW = "now"


@dataclass(frozen=True, slots=True)
class Opened:
    """A form that the person may read, and how the person stands to it."""

    form: m.Assessment
    seen: Situation
    actor: Actor
    #: The reader is of the unit itself: a layer, a question is told to it by its release.
    own: bool

    @property
    def highest(self) -> Layer:
        """The highest layer that the reader may see of the present."""
        return max(Layer.SUPERIOR, self.form.released) if self.own else Layer.COUNCIL

    @property
    def questions_told(self) -> bool:
        span = self.seen.spans.get(Stage.EXPLANATION)
        return not self.own or (span is not None and self.seen.now >= span.opens_at)

    def cut(self, held: Held) -> Held:
        """Leave out of a hand-over what is told to the reader later than its layer."""
        return held if self.questions_told else held.without_questions()


@dataclass(frozen=True, slots=True)
class Chosen:
    """One side of a comparison with its heading."""

    name: Message
    at: datetime
    side: Side
    handover: Handover | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    left: Chosen
    right: Chosen
    outcome: Comparison


def open_form(form_id: int, actor: Actor) -> Opened:
    """Return a form with its unit and round. Raises ``Refused``, hidden for what is out of reach."""
    form = scoring.find(form_id)
    seen = situation(db.session(), form, actor.now)
    verdict = judge(db.session(), actor, Verb.READ, form, seen=seen)
    if not verdict:
        raise Refused(verdict)
    authority = actor.authority
    own = authority is not None and not authority.role.seated and authority.unit_id == form.unit_id
    return Opened(form, seen, actor, own)


def fields_of(form: m.Assessment) -> dict[str, str]:
    """Return the fields of the form's set in their order: code -> name."""
    query = select(m.Criterion.code, m.Criterion.name).where(
        m.Criterion.set_id == form.criteria_set_id, m.Criterion.parent_id.is_(None)
    )
    return dict(db.session.execute(query.order_by(m.Criterion.path)).all())


def leaves_by_field(form: m.Assessment) -> dict[str, list[tuple[str, str]]]:
    """Return code and name of each leaf, by the code of its field."""
    query = select(m.Criterion.field_code, m.Criterion.code, m.Criterion.name).where(
        m.Criterion.set_id == form.criteria_set_id, m.Criterion.is_leaf
    )
    found: dict[str, list[tuple[str, str]]] = {}
    for field, code, name in db.session.execute(query.order_by(m.Criterion.path)):
        found.setdefault(field, []).append((code, name))
    return found


def leaf_trail(opened: Opened, code: str, page: int) -> tuple[m.Criterion, trail.Trail]:
    """Return a leaf of the form with one page of its history; a code that is no leaf of it is hidden."""
    if "\0" in code:  # no text of the database holds it, and PostgreSQL would not be asked for it
        raise hidden()
    field = aliased(m.Criterion)
    found = db.session.execute(
        select(m.Criterion, field.id)
        .join(field, (field.set_id == m.Criterion.set_id) & (field.code == m.Criterion.field_code))
        .where(m.Criterion.set_id == opened.form.criteria_set_id, m.Criterion.code == code, m.Criterion.is_leaf)
    ).one_or_none()
    if found is None:
        raise hidden()
    leaf, field_id = found
    places = opened.form.round.shown_places
    return leaf, trail.read(opened.form, leaf, field_id, opened.actor, page, places)


def handover(opened: Opened, snapshot_id: int) -> tuple[Handover, Held]:
    """Return one hand-over of the form as it was."""
    one, content = contents(opened.form, [snapshot_id])[snapshot_id]
    return one, opened.cut(read(content))


def listed(opened: Opened) -> list[Handover]:
    return handovers(opened.form)


def previous(found: Sequence[Handover]) -> dict[int, int]:
    """Return, for each hand-over, the one before it of the same field or of the whole form."""
    before: dict[int, int] = {}
    later: dict[str, int] = {}
    for one in found:  # the newest first
        if one.field in later:
            before[later[one.field]] = one.id
        later[one.field] = one.id
    return before


def compared(opened: Opened, left: int | None, right: int | None, only: str) -> Compared:
    """Compare two hand-overs of the form; None is the present. Raises ``Refused`` (hidden) for what is not the reader's."""
    form = opened.form
    ids = [id_ for id_ in (left, right) if id_ is not None]
    found = contents(form, ids)
    narrowed = {one.field for one, _ in found.values()}
    sides = [_present(opened, narrowed) if id_ is None else _kept(opened, *found[id_]) for id_ in (left, right)]
    rules = _rules(form, (code for chosen in sides for code in chosen.side.held.fields))
    outcome = compare(sides[0].side, sides[1].side, rules, form.round.shown_places, only)
    return Compared(sides[0], sides[1], outcome)


def _kept(opened: Opened, one: Handover, content: Mapping[str, object]) -> Chosen:
    return Chosen(one.title, one.at, Side(opened.cut(read(content)), one.layer), one)


def _present(opened: Opened, narrowed: set[str]) -> Chosen:
    """The form as it stands, of the one field that the other side tells of."""
    field_id = None
    if len(narrowed) == 1 and (code := next(iter(narrowed))):
        form, c = opened.form, m.Criterion
        query = select(c.id).where(c.set_id == form.criteria_set_id, c.code == code)
        field_id = db.session.scalars(query).one()
    now = opened.seen.now
    content = hold(db.session(), opened.form, opened.highest, field_id, now, drafts=True)
    return Chosen(M("As it stands now"), now, Side(opened.cut(read(content)), opened.highest))


def _rules(form: m.Assessment, fields: Iterable[str]) -> dict[str, Rule]:
    query = select(m.Criterion).where(
        m.Criterion.set_id == form.criteria_set_id, m.Criterion.is_leaf, m.Criterion.field_code.in_(set(fields))
    )
    return {leaf.code: leaf.rule for leaf in db.session.scalars(query)}

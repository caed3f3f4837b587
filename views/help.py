"""Help: who may do what in which state, read from the process table itself, the states and stages, and the words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from permissions.actor import current_actor
from permissions.routes import signed_in
from rules.message import Message
from rules.process import Step, matrix
from rules.verbs import Relation, Role, Verb
from rules.vocabulary import Layer, Stage, State

blueprint = Blueprint("help", __name__, url_prefix="/help")

RELATIONS = {
    Relation.OWN: _l("the own unit"),
    Relation.BELOW: _l("units below"),
    Relation.COUNCIL: _l("units of the council"),
}
STATES = {
    State.NOT_OPEN: _l("Self-scoring has not begun for this unit."),
    State.DRAFT: _l("The unit fills in its form; nobody else but its superiors reads it."),
    State.SIGNED: _l("The unit's leader has signed; until the deadline the signature may be taken back."),
    State.APPRAISAL: _l("The form is locked, signed or not; the helper team appraises the field."),
    State.EXPLANATION: _l("The helper has asked questions; the unit answers these items only, and its leader signs."),
    State.REAPPRAISAL: _l("The explanation is signed or its stage is over; the helper decides on these items again."),
    State.APPRAISED: _l("The helper has handed the field to the council, which approves, changes or sends it back."),
    State.APPROVED: _l("The council has decided on the field, with its minutes."),
    State.CLOSED: _l("The chair has closed the field; it waits for publication."),
    State.PUBLISHED: _l(
        "The result stands in a published edition, which never changes; a correction is a new edition."
    ),
}
STAGES = {
    Stage.SELF_SCORING: _l("Units score themselves and attach evidence; the form locks when it ends."),
    Stage.APPRAISAL: _l("Helpers enter figures and points of their fields."),
    Stage.EXPLANATION: _l("Units explain the items asked for."),
    Stage.REAPPRAISAL: _l("Helpers appraise those items again."),
    Stage.APPROVAL: _l("The council decides field by field."),
}
LAYERS = {
    Layer.SELF: _l("What the unit says of itself."),
    Layer.SUPERIOR: _l("A value of its superior, with a reason; the unit's own stays beside it."),
    Layer.APPRAISAL: _l("What the helper team found."),
    Layer.REAPPRAISAL: _l("What it found after the explanation."),
    Layer.SURVEY: _l("The mean rate of the sociological survey, turned into points."),
    Layer.COUNCIL: _l("What the council decided otherwise, with a reason."),
}
WORDS = (
    (_l("Not scored"), _l("Nothing was entered; this is not 0 points.")),
    (_l("Not applicable"), _l("The criterion does not count for this unit: it leaves both points and maximum.")),
    (_l("Not submitted"), _l("The leader had not signed at the deadline; the form locks with what it holds.")),
    (_l("Applicable maximum"), _l("The sum of the maxima of the criteria that apply to the unit.")),
    (_l("Index"), _l("Points achieved ÷ applicable maximum × 100, with capped bonus and penalty.")),
    (
        _l("Assignment"),
        _l("What a seat may appraise or approve: a part of the criteria, for one unit or all of its council."),
    ),
    (_l("Delegation"), _l("Some rights of a post or seat, lent until a day; every act names both persons.")),
    (_l("Conflict of interest"), _l("Who holds a post in a unit, or made its self-assessment, does not judge it.")),
)


@dataclass
class Right:
    """One line of a role: a verb over some units, and the states in which it is possible."""

    verb: Verb
    relation: Relation | None
    step: Step
    states: list[State] = field(default_factory=list)

    @property
    def always(self) -> bool:
        return len(self.states) == len(State)

    @property
    def goals(self) -> list[Message]:
        return [self.step.to.title] if self.step.to is not None else []


def rights(role: Role) -> Iterable[Right]:
    """Return what a role may do, in the order of the process table."""
    found: dict[tuple[Verb, Relation | None], Right] = {}
    for one, verb, state, step in matrix():
        if one is role and verb is not Verb.SIGN_IN:
            found.setdefault((verb, step.relation), Right(verb, step.relation, step)).states.append(state)
    return found.values()


@blueprint.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """Show the rights of every role, the reader's own first, then states, stages, layers and words."""
    actor = current_actor()
    own = actor.authority.role if actor is not None and actor.authority is not None else None
    roles = sorted(Role, key=lambda role: role is not own)
    return render_template(
        "help/index.html",
        own=own,
        roles=[(role, list(rights(role))) for role in roles],
        relations=RELATIONS,
        states=STATES,
        stages=STAGES,
        layers=LAYERS,
        words=WORDS,
    )

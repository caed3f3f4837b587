"""The words of the field (docs/glossary.md), each with the message a person reads for it."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from rules.message import M, Message


class Method(StrEnum):
    """How the points of a criterion come about (scoring_method of the criteria files)."""

    SUM = "sum"
    CHOICE = "choice"
    BANDS = "bands"
    PROPORTIONAL = "proportional"
    ALL_OR_NOTHING = "all_or_nothing"
    DEDUCT_STEP = "deduct_step"
    ACCUMULATE = "accumulate"
    CHECKLIST = "checklist"
    SURVEY = "survey"
    PENALTY_STEP = "penalty_step"
    SUM_CAPPED = "sum_capped"

    @property
    def title(self) -> Message:
        return _METHOD_TITLES[self]


_METHOD_TITLES = {
    Method.SUM: M("Sum of its parts"),
    Method.CHOICE: M("Choice of one option"),
    Method.BANDS: M("Bands of a rate"),
    Method.PROPORTIONAL: M("In proportion to a rate"),
    Method.ALL_OR_NOTHING: M("All or nothing"),
    Method.DEDUCT_STEP: M("Deduction per fault"),
    Method.ACCUMULATE: M("Points per case"),
    Method.CHECKLIST: M("Checklist of parts"),
    Method.SURVEY: M("Survey"),
    Method.PENALTY_STEP: M("Penalty per case"),
    Method.SUM_CAPPED: M("Bonus and penalty, capped"),
}


class CriterionKind(StrEnum):
    """Place of a row in a criteria set; bonus and penalty stand outside the 100 points."""

    FIELD = "field"
    CRITERION = "criterion"
    SUBCRITERION = "subcriterion"
    ADJUSTMENT = "adjustment"
    BONUS = "bonus"
    PENALTY = "penalty"

    @property
    def title(self) -> Message:
        return _KIND_TITLES[self]


_KIND_TITLES = {
    CriterionKind.FIELD: M("Field"),
    CriterionKind.CRITERION: M("Criterion"),
    CriterionKind.SUBCRITERION: M("Sub-criterion"),
    CriterionKind.ADJUSTMENT: M("Bonus and penalty"),
    CriterionKind.BONUS: M("Bonus"),
    CriterionKind.PENALTY: M("Penalty"),
}


class Function(StrEnum):
    """What a post or a seat makes of a person (domain: roles in the tree)."""

    OFFICER = "officer"
    LEADER = "leader"
    MANAGER = "manager"
    OBSERVER = "observer"
    AUDITOR = "auditor"
    HELPER = "helper"
    MEMBER = "member"
    CHAIR = "chair"

    @property
    def title(self) -> Message:
        return _FUNCTION_TITLES[self]


_FUNCTION_TITLES = {
    Function.OFFICER: M("Unit officer"),
    Function.LEADER: M("Unit leader"),
    Function.MANAGER: M("Manager"),
    Function.OBSERVER: M("Observer"),
    Function.AUDITOR: M("Auditor"),
    Function.HELPER: M("Helper-team member"),
    Function.MEMBER: M("Council member"),
    Function.CHAIR: M("Council chair"),
}
POST_FUNCTIONS = (Function.OFFICER, Function.LEADER, Function.MANAGER, Function.OBSERVER, Function.AUDITOR)
SEAT_FUNCTIONS = (Function.HELPER, Function.MEMBER, Function.CHAIR)


class Stage(StrEnum):
    """A stage of the round that has a window of dates per level."""

    SELF_SCORING = "self_scoring"
    APPRAISAL = "appraisal"
    EXPLANATION = "explanation"
    REAPPRAISAL = "reappraisal"
    APPROVAL = "approval"

    @property
    def title(self) -> Message:
        return _STAGE_TITLES[self]


_STAGE_TITLES = {
    Stage.SELF_SCORING: M("Self-scoring"),
    Stage.APPRAISAL: M("Appraisal"),
    Stage.EXPLANATION: M("Explanation"),
    Stage.REAPPRAISAL: M("Second appraisal"),
    Stage.APPROVAL: M("Approval"),
}


class Layer(IntEnum):
    """Who says the points; a higher layer counts before a lower one and never overwrites it (Điều 4.1, Điều 7)."""

    SELF = 10
    SUPERIOR = 20
    APPRAISAL = 30
    REAPPRAISAL = 40
    SURVEY = 45
    COUNCIL = 50

    @property
    def title(self) -> Message:
        return _LAYER_TITLES[self]


_LAYER_TITLES = {
    Layer.SELF: M("Self-assessed"),
    Layer.SUPERIOR: M("Entered by the superior"),
    Layer.APPRAISAL: M("Appraised"),
    Layer.REAPPRAISAL: M("Appraised again"),
    Layer.SURVEY: M("Survey"),
    Layer.COUNCIL: M("Decided by the council"),
}


class Basis(StrEnum):
    """The ground a total stands on; every figure on a screen names its basis."""

    SELF = "self"
    APPRAISED = "appraised"
    COUNCIL = "council"

    @property
    def title(self) -> Message:
        return _BASIS_TITLES[self]


_BASIS_TITLES = {
    Basis.SELF: M("self-assessed"),
    Basis.APPRAISED: M("appraised"),
    Basis.COUNCIL: M("approved by the council"),
}

#: Layers that a basis reads, the first present one counts.
BASIS_LAYERS: dict[Basis, tuple[Layer, ...]] = {
    Basis.SELF: (Layer.SUPERIOR, Layer.SELF),
    Basis.APPRAISED: (Layer.SURVEY, Layer.REAPPRAISAL, Layer.APPRAISAL),
    Basis.COUNCIL: (
        Layer.COUNCIL,
        Layer.SURVEY,
        Layer.REAPPRAISAL,
        Layer.APPRAISAL,
        Layer.SUPERIOR,
        Layer.SELF,
    ),
}


class State(StrEnum):
    """Where the sheet of one field stands, as the database clock sees it.

    The first three follow from the self-scoring window, extensions and the leader's signature; the next six are
    stored on the field sheet, but an explanation whose stage is over is a second appraisal by the clock alone; the last
    follows from an edition in force.
    """

    NOT_OPEN = "not_open"
    DRAFT = "draft"
    SIGNED = "signed"
    APPRAISAL = "appraisal"
    EXPLANATION = "explanation"
    REAPPRAISAL = "reappraisal"
    APPRAISED = "appraised"
    APPROVED = "approved"
    CLOSED = "closed"
    PUBLISHED = "published"

    @property
    def title(self) -> Message:
        return _STATE_TITLES[self]

    @property
    def locked(self) -> bool:
        """Tell whether the unit's own form is locked."""
        return self not in (State.NOT_OPEN, State.DRAFT, State.SIGNED)


_STATE_TITLES = {
    State.NOT_OPEN: M("Not open yet"),
    State.DRAFT: M("Draft"),
    State.SIGNED: M("Signed off"),
    State.APPRAISAL: M("Being appraised"),
    State.EXPLANATION: M("Being explained"),
    State.REAPPRAISAL: M("Being appraised again"),
    State.APPRAISED: M("Handed to the council"),
    State.APPROVED: M("Approved"),
    State.CLOSED: M("Closed by the chair"),
    State.PUBLISHED: M("Published"),
}


class Audience(StrEnum):
    """Who a remark on an item is written for."""

    TEAM = "team"
    UNIT = "unit"

    @property
    def title(self) -> Message:
        return _AUDIENCE_TITLES[self]


_AUDIENCE_TITLES = {
    Audience.TEAM: M("Within the helper team and the council"),
    Audience.UNIT: M("To the unit, once released"),
}


class Scan(StrEnum):
    """What the virus scanner said of a file; only a clean one is handed to others."""

    HELD = "held"
    CLEAN = "clean"
    REFUSED = "refused"

    @property
    def title(self) -> Message:
        return _SCAN_TITLES[self]


_SCAN_TITLES = {
    Scan.HELD: M("Held until it is scanned"),
    Scan.CLEAN: M("Accepted"),
    Scan.REFUSED: M("Refused by the virus scanner"),
}


class StaffMove(StrEnum):
    """What became of a person in a unit (Điều 8)."""

    RECRUITED = "recruited"
    MOVED = "moved"
    RETIRED = "retired"
    LEFT = "left"

    @property
    def title(self) -> Message:
        return _MOVE_TITLES[self]


_MOVE_TITLES = {
    StaffMove.RECRUITED: M("Recruited"),
    StaffMove.MOVED: M("Moved to another unit"),
    StaffMove.RETIRED: M("Retired"),
    StaffMove.LEFT: M("Left the service"),
}


class StaffDecision(StrEnum):
    """What Sở Nội vụ decided on one row of a staff-change request."""

    PENDING = "pending"
    DONE = "done"
    REFUSED = "refused"

    @property
    def title(self) -> Message:
        return _DECISION_TITLES[self]


_DECISION_TITLES = {
    StaffDecision.PENDING: M("Waits for Sở Nội vụ"),
    StaffDecision.DONE: M("Done"),
    StaffDecision.REFUSED: M("Not accepted"),
}


class TieRule(StrEnum):
    """How equal values share a rank."""

    DENSE = "dense"
    COMPETITION = "competition"

    @property
    def title(self) -> Message:
        return _TIE_TITLES[self]


_TIE_TITLES = {
    TieRule.DENSE: M("1, 2, 2, 3"),
    TieRule.COMPETITION: M("1, 2, 2, 4"),
}


class RankBy(StrEnum):
    """The published figure that ranks."""

    INDEX = "index"
    POINTS = "points"

    @property
    def title(self) -> Message:
        return _RANK_BY_TITLES[self]


_RANK_BY_TITLES = {
    RankBy.INDEX: M("Index (%)"),
    RankBy.POINTS: M("Points achieved"),
}

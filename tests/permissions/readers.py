"""Who may read which row, told by the regulation (Điều 4, 7) in plain Python over plain rows: the yardstick of the read floor.

Nothing here uses ``permissions``: a rule that is wrong there must not be wrong here in the same way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from sqlalchemy import inspect, select

import models as m
from extensions import db
from rules.vocabulary import Audience, Basis, Layer, Stage
from tests.permissions.full import EXPLAINING, EXTENDED, LAST_YEAR, LOCKED
from tests.support.world import COUNCILS, UNITS

Row = SimpleNamespace
PARENTS = {code: parent for code, _, _, parent in UNITS}
COUNCIL_UNITS = {name: set(units) for name, _, units in COUNCILS}


@dataclass(frozen=True)
class Reader:
    """A person in one role: its unit, or its council."""

    login: str
    role: str
    unit: str
    council: str = ""
    #: Units that a restriction leaves, with all below them; None where there is none.
    only: frozenset[str] | None = None

    @property
    def manages(self) -> bool:
        return self.role in ("manager", "administrator")

    @property
    def seated(self) -> bool:
        return bool(self.council)

    def above(self, unit: str | None) -> bool:
        """Tell whether the unit is the reader's own or below it, and within what a restriction leaves."""
        path = []
        while unit is not None:
            path.append(unit)
            unit = PARENTS[unit]
        return self.unit in path and (self.only is None or bool(self.only & set(path)))


READERS = (
    Reader("officer.x11", "officer", "X11"),
    Reader("leader.x12", "leader", "X12"),
    Reader("officer.sa", "officer", "SA"),
    Reader("leader.h1", "leader", "H1"),
    Reader("manager.h1", "manager", "H1"),
    Reader("manager.h2", "manager", "H2"),
    Reader("admin", "administrator", "P"),
    Reader("observer", "observer", "P"),
    Reader("auditor", "auditor", "P"),
    Reader("helper1.p", "helper", "P", "Hội đồng tỉnh"),
    Reader("chair.p", "chair", "P", "Hội đồng tỉnh"),
    Reader("member.h1", "member", "H1", "Hội đồng huyện 1"),
    Reader("helper.h2", "helper", "H2", "Hội đồng huyện 2"),
)
#: Whose access is restricted to a commune; in the full province only.
CUT = Reader("cut.h1", "manager", "H1", only=frozenset({"X11"}))


@dataclass
class Everything:
    """All rows of all tables as plain values, and the few ways from one to another."""

    rows: dict[type[Any], dict[int, Row]] = field(default_factory=dict)
    late: bool = False  # past the common deadline

    @classmethod
    def read(cls, *, late: bool = False) -> Everything:
        """Read all tables; call in a system scope."""
        found = cls(late=late)
        for mapper in db.Model.registry.mappers:
            names = [attribute.key for attribute in mapper.column_attrs]
            (key,) = inspect(mapper.class_).primary_key
            columns = [getattr(mapper.class_, name) for name in names]
            found.rows[mapper.class_] = {
                values[names.index(key.key)]: Row(**dict(zip(names, values, strict=True)))
                for values in db.session.execute(select(*columns)).all()
            }
        return found

    def one(self, model: type[Any], id_: Any) -> Row:
        return self.rows[model][id_]

    def code(self, unit_id: int | None) -> str | None:
        return None if unit_id is None else self.one(m.Unit, unit_id).code

    def locked(self, form: Row) -> bool:
        """Tell whether the unit's form is locked: closed early, past its own deadline, or of a year that is over."""
        code = self.code(form.unit_id)
        past = self.one(m.Round, form.round_id).code == LAST_YEAR
        return past or code in LOCKED or (self.late and code != EXTENDED)

    def this_year(self, row: Row) -> bool:
        form = self.one(m.Assessment, row.assessment_id)
        return self.one(m.Round, form.round_id).code != LAST_YEAR

    def in_council(self, reader: Reader, form: Row) -> bool:
        """Tell whether a seat reads of this form: a unit of its council, in the council's round, locked (Điều 7.3)."""
        this_round = self.one(m.Round, form.round_id).code != LAST_YEAR
        return this_round and self.code(form.unit_id) in COUNCIL_UNITS[reader.council] and self.locked(form)

    def account_id(self, reader: Reader) -> int:
        return next(id_ for id_, row in self.rows[m.Account].items() if row.username == reader.login)


def expected(all_: Everything, reader: Reader, model: type[Any]) -> set[int]:
    """Return the keys of the rows of a table that the reader may read."""
    rule = RULES[model]
    return {id_ for id_, row in all_.rows[model].items() if rule(all_, reader, row)}


Rule = Callable[[Everything, Reader, Row], bool]


def everybody(all_: Everything, reader: Reader, row: Row) -> bool:
    return True


def nobody(all_: Everything, reader: Reader, row: Row) -> bool:
    return False


def unit(all_: Everything, reader: Reader, row: Row) -> bool:
    """A unit knows itself; superiors, observers and auditors what is below; a council its units (Điều 4.2)."""
    if reader.seated:
        return row.code in COUNCIL_UNITS[reader.council]
    return row.code == reader.unit if reader.role in ("officer", "leader") else reader.above(row.code)


def kept_by_managers(all_: Everything, reader: Reader, code: str | None) -> bool:
    return reader.manages and reader.above(code)


def account(all_: Everything, reader: Reader, row: Row) -> bool:
    here = all_.code(row.unit_id)
    colleague = reader.role in ("officer", "leader") and here == reader.unit
    return row.username == reader.login or colleague or kept_by_managers(all_, reader, here)


def post(all_: Everything, reader: Reader, row: Row) -> bool:
    """A leader knows who does what in its unit: it reports their changes (Điều 8)."""
    if reader.role == "leader" and all_.code(row.unit_id) == reader.unit:
        return True
    return row.account_id == all_.account_id(reader) or kept_by_managers(all_, reader, all_.code(row.unit_id))


def delegation(all_: Everything, reader: Reader, row: Row) -> bool:
    me = all_.account_id(reader)
    source = all_.one(m.Post, row.post_id) if row.post_id is not None else all_.one(m.Seat, row.seat_id)
    return me in (row.receiver_id, source.account_id) or kept_by_managers(all_, reader, all_.code(row.unit_id))


def restriction(all_: Everything, reader: Reader, row: Row) -> bool:
    return row.account_id == all_.account_id(reader) or kept_by_managers(all_, reader, all_.code(row.unit_id))


def staff(all_: Everything, reader: Reader, row: Row) -> bool:
    """What a leader reported of its staff: the leader, and who manages above it (Điều 4.1, 8)."""
    code = all_.code(row.unit_id)
    return (reader.role == "leader" and code == reader.unit) or kept_by_managers(all_, reader, code)


def viewing(all_: Everything, reader: Reader, row: Row) -> bool:
    return reader.role == "administrator" or all_.account_id(reader) in (row.account_id, row.viewer_id)


def of_unit(all_: Everything, reader: Reader, row: Row) -> bool:
    """Rows of a unit that its council does not need: its people's notices."""
    code = all_.code(row.unit_id)
    if reader.role in ("officer", "leader"):
        return code == reader.unit
    return not reader.seated and reader.role != "auditor" and reader.above(code)


def of_form(all_: Everything, reader: Reader, row: Row) -> bool:
    """A form and what hangs on it: the unit, its superiors and observers always; its council once it is locked."""
    form = row if hasattr(row, "released") else all_.one(m.Assessment, row.assessment_id)
    return all_.in_council(reader, form) if reader.seated else of_unit(all_, reader, form)


def score(all_: Everything, reader: Reader, row: Row) -> bool:
    """Of the reader's own unit only its own and the superior's points, and what was released to it."""
    form = all_.one(m.Assessment, row.assessment_id)
    if all_.code(row.unit_id) == reader.unit and not reader.seated:
        return of_form(all_, reader, row) and row.layer <= max(Layer.SUPERIOR, form.released)
    return of_form(all_, reader, row)


def subtotal(all_: Everything, reader: Reader, row: Row) -> bool:
    """Sums give away what they are made of: each basis is released with the highest layer it reads."""
    needs = {Basis.SELF: Layer.SUPERIOR, Basis.APPRAISED: Layer.SURVEY, Basis.COUNCIL: Layer.COUNCIL}[row.basis]
    form = all_.one(m.Assessment, row.assessment_id)
    own = all_.code(row.unit_id) == reader.unit and not reader.seated
    return of_form(all_, reader, row) and (not own or form.released >= needs)


def of_own_unit(all_: Everything, reader: Reader, row: Row) -> bool:
    return all_.code(row.unit_id) == reader.unit and not reader.seated


def evidence_link(all_: Everything, reader: Reader, row: Row) -> bool:
    """Further evidence is the unit's draft as long as what it proves; its stage lasts longer than any test."""
    answers = [one for one in all_.rows[m.Explanation].values() if one.assessment_id == row.assessment_id]
    told = any(answered(all_, one) for one in answers if one.criterion_id == row.criterion_id)
    return of_form(all_, reader, row) and (not reader.seated or row.stage is not Stage.EXPLANATION or told)


def evidence(all_: Everything, reader: Reader, row: Row) -> bool:
    if not reader.seated:
        return of_unit(all_, reader, row)
    links = [link for link in all_.rows[m.EvidenceLink].values() if link.evidence_id == row.id]
    return any(evidence_link(all_, reader, link) for link in links)


def evidence_file(all_: Everything, reader: Reader, row: Row) -> bool:
    """A council reads the version that one of its forms relies on and those before it, none after."""
    if not reader.seated:
        return of_unit(all_, reader, row)
    links = [link for link in all_.rows[m.EvidenceLink].values() if link.evidence_id == row.evidence_id]
    return any(
        evidence_link(all_, reader, link) and all_.one(m.EvidenceFile, link.file_id).number >= row.number
        for link in links
        if link.file_id is not None
    )


def question(all_: Everything, reader: Reader, row: Row) -> bool:
    """The unit reads what was sent to it, from the beginning of the stage of its level on."""
    level = all_.one(m.Level, all_.one(m.UnitKind, all_.one(m.Unit, row.unit_id).kind_id).level_id).code
    told = row.sent_at is not None and level in EXPLAINING and all_.this_year(row)
    return of_form(all_, reader, row) and (told or not of_own_unit(all_, reader, row))


def answered(all_: Everything, row: Row) -> bool:
    """An answer that the unit may still change is no one's but the unit's and its superiors'; so is one it had to leave."""
    question = all_.one(m.Question, row.question_id)
    return row.signed_at is not None or (question.settled_at is not None and not question.withdrawn)


def explanation(all_: Everything, reader: Reader, row: Row) -> bool:
    return of_form(all_, reader, row) and (not reader.seated or answered(all_, row))


def remark(all_: Everything, reader: Reader, row: Row) -> bool:
    """To the unit goes what is written for it, with the release of its layer."""
    form = all_.one(m.Assessment, row.assessment_id)
    told = row.audience is Audience.UNIT and row.layer <= form.released
    return of_form(all_, reader, row) and (told or not of_own_unit(all_, reader, row))


def snapshot(all_: Everything, reader: Reader, row: Row) -> bool:
    form = all_.one(m.Assessment, row.assessment_id)
    told = row.layer <= max(Layer.SUPERIOR, form.released)
    return of_form(all_, reader, row) and (told or not of_own_unit(all_, reader, row))


def council(all_: Everything, reader: Reader, row: Row) -> bool:
    if reader.seated:
        return row.name == reader.council
    return (reader.manages or reader.role == "observer") and reader.above(all_.code(row.unit_id))


def council_unit(all_: Everything, reader: Reader, row: Row) -> bool:
    if reader.seated:
        return all_.one(m.Council, row.council_id).name == reader.council
    return (reader.manages or reader.role == "observer") and reader.above(all_.code(row.unit_id))


def seat(all_: Everything, reader: Reader, row: Row) -> bool:
    return council(all_, reader, all_.one(m.Council, row.council_id))


def assignment(all_: Everything, reader: Reader, row: Row) -> bool:
    return reader.role != "observer" and seat(all_, reader, all_.one(m.Seat, row.seat_id))


def edition(all_: Everything, reader: Reader, row: Row) -> bool:
    """What is published is open to everyone; what was withdrawn only to those who publish."""
    return row.withdrawn_at is None or reader.role == "administrator"


def edition_row(all_: Everything, reader: Reader, row: Row) -> bool:
    return edition(all_, reader, all_.one(m.Edition, row.edition_id))


def edition_field(all_: Everything, reader: Reader, row: Row) -> bool:
    return edition_row(all_, reader, all_.one(m.EditionRow, row.row_id))


def edition_leaf(all_: Everything, reader: Reader, row: Row) -> bool:
    """Leaves and remarks are for the unit, those above it and its council of that round; never for other units."""
    if not edition_row(all_, reader, row):
        return False
    if reader.seated:
        group = all_.one(m.RankingGroup, all_.one(m.Edition, row.edition_id).group_id)
        this_round = all_.one(m.Round, group.round_id).code != LAST_YEAR
        return this_round and all_.code(row.unit_id) in COUNCIL_UNITS[reader.council]
    return of_unit(all_, reader, row)


#: What appraisers, councils and the survey did; told to the unit by a release, not by its audit trail.
UNRELEASED_VERBS = {
    "appraise",
    "hand_in",
    "change",
    "send_back",
    "approve",
    "close_field",
    "reopen_field",
    "import_survey",
    "ask",
    "send_questions",
    "reappraise",
    "remark",
}


def leaf_history(all_: Everything, reader: Reader, row: Row) -> bool:
    if row.assessment_id is None or row.criterion_id is None:
        return False
    form = all_.one(m.Assessment, row.assessment_id)
    if reader.seated:
        return all_.in_council(reader, form) and row.verb != "explain"
    if reader.role == "observer":
        return reader.above(all_.code(row.unit_id)) and (all_.code(row.unit_id) != reader.unit or told(all_, row))
    return all_.code(row.unit_id) == reader.unit and told(all_, row)


def told(all_: Everything, row: Row) -> bool:
    """What a unit knows of the trail of its own data."""
    if row.layer is None:
        return row.verb not in UNRELEASED_VERBS
    released = all_.one(m.Assessment, row.assessment_id).released
    return row.layer <= Layer.SUPERIOR or (row.object_type == "Score" and row.layer <= released)


def audit(all_: Everything, reader: Reader, row: Row) -> bool:
    """Superiors and auditors, below them; of its own unit no superior reads what was not released to the unit.

    Units, councils and observers read the trail of single leaves: a unit what was released to it, a council all but drafts.
    """
    if reader.role in ("officer", "leader", "observer") or reader.seated:
        return leaf_history(all_, reader, row)
    if reader.role == "auditor" or reader.unit == "P":
        return reader.manages or reader.role == "auditor"
    own = all_.code(row.unit_id) == reader.unit
    return (
        reader.manages
        and row.unit_id is not None
        and reader.above(all_.code(row.unit_id))
        and (not own or told(all_, row))
    )


RULES: dict[type[Any], Rule] = {
    **dict.fromkeys(
        (
            m.Level,
            m.UnitKind,
            m.UnitGroup,
            m.Round,
            m.RankingGroup,
            m.RankingGroupKind,
            m.ClassBand,
            m.Window,
            m.CriteriaSet,
            m.Criterion,
            m.CriterionExclusion,
        ),
        everybody,
    ),
    m.Unit: unit,
    m.UnitChange: lambda all_, reader, row: kept_by_managers(all_, reader, all_.code(row.from_unit_id)),
    m.UnitGroupMember: lambda all_, reader, row: kept_by_managers(all_, reader, all_.code(row.unit_id)),
    m.Account: account,
    m.Post: post,
    m.Delegation: delegation,
    m.Restriction: restriction,
    m.StaffRequest: staff,
    m.StaffChange: staff,
    m.Viewing: viewing,
    m.ReadCount: nobody,
    m.AuditHead: nobody,
    m.LoginSession: lambda all_, reader, row: (
        reader.role == "administrator" or row.account_id == all_.account_id(reader)
    ),
    m.LoginThrottle: nobody,
    m.SecondFactor: nobody,
    m.RecoveryCode: nobody,
    m.PreviousPassword: nobody,
    m.Notice: of_unit,
    m.Council: council,
    m.CouncilUnit: council_unit,
    m.Seat: seat,
    m.Assignment: assignment,
    **dict.fromkeys((m.Assessment, m.FieldSheet, m.Exemption, m.Extension, m.ReferenceFigure), of_form),
    m.EvidenceLink: evidence_link,
    m.EvidenceFile: evidence_file,
    m.Question: question,
    m.Explanation: explanation,
    m.Remark: remark,
    m.Snapshot: snapshot,
    m.Score: score,
    m.Subtotal: subtotal,
    m.Evidence: evidence,
    m.Edition: edition,
    m.EditionRow: edition_row,
    m.EditionField: edition_field,
    m.EditionLeaf: edition_leaf,
    m.AuditEntry: audit,
}

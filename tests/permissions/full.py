"""The small province with rows in every table, for every unit, in every layer: what could leak is there to leak.

Made by system writes, not by services, so that each unit has what its state would not let it have yet. Every text holds the code
of its unit (``mark``), so that an answer can be searched for what its reader may not see.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from models.notice import stored
from permissions import trail
from permissions.actor import system_scope
from permissions.gate import system_act
from rules.verbs import Verb
from rules.vocabulary import Audience, Function, Layer, Scan, StaffMove, Stage, State
from services import subtotal
from services.edition.lines import Settings
from services.history.holding import hold
from services.round import open_in
from services.storage import incoming, storage
from tests.support import world
from tests.support.database import Database
from tests.support.world import Province

#: Units of the open round whose form is locked by an early closing; all others are drafts until the deadline.
LOCKED = {"SNV", "SA", "H1", "X12", "X22"}
#: This unit has more time than the others.
EXTENDED = "X21"
#: Highest layer released to these units of their own form; to all others nothing beyond the superior's.
RELEASED = {"SA": Layer.APPRAISAL, "X12": Layer.COUNCIL}
#: Fields that went further, by unit: field code -> state.
SHEETS: dict[str, dict[str, State]] = {
    "SA": {"1": State.APPRAISED},
    "H1": {"1": State.APPROVED, "2": State.CLOSED},
    "X12": {"1": State.CLOSED, "2": State.CLOSED, "8": State.CLOSED, "9": State.CLOSED},
}
#: Leaf and the layers it has in every form; 8.1 comes from the survey.
LEAVES = {
    "1.1": (Layer.SELF, Layer.SUPERIOR, Layer.APPRAISAL, Layer.REAPPRAISAL, Layer.COUNCIL),
    "1.3": (Layer.SELF,),
    "8.1": (Layer.SURVEY,),
}
LAST_YEAR = "2023"
#: The explanation stage has begun for units of these levels, and lasts; elsewhere it is yet to come.
EXPLAINING = {"department", "commune"}
#: Units whose leader signed the explanation.
EXPLAINED = {"SA", "X12"}
#: Trails of single leaves: layer, verb, table.
HISTORY = (
    (Layer.SELF, Verb.SCORE, "Score"),
    (None, Verb.ATTACH, "EvidenceLink"),
    (None, Verb.EXPLAIN, "Explanation"),
    (None, Verb.ASK, "Question"),
    (Layer.SUPERIOR, Verb.SCORE_SUPERIOR, "Score"),
    (Layer.APPRAISAL, Verb.APPRAISE, "Score"),
    (Layer.APPRAISAL, Verb.REMARK, "Remark"),
    (Layer.COUNCIL, Verb.CHANGE, "Score"),
)


def mark(what: str, unit: str, layer: Layer | None = None) -> str:
    """Return a text that tells whose it is wherever it turns up: ``[score X11 30]``."""
    return f"[{what} {unit}{f' {layer:d}' if layer else ''}]"


def build() -> None:
    """Build the small province and fill it."""
    world.build()
    with system_scope("full test world"), system_act(Verb.IMPORT, "full test world") as building:
        units = {unit.code: unit for unit in db.session.scalars(select(m.Unit))}
        _people(units, building.now)
        _last_year(units, building)
        db.session.flush()
        _explanation_stage(building.now)
        for form in db.session.scalars(select(m.Assessment)).all():
            _fill(form, building.now)
        db.session.flush()
        _publish(units, building.now)
        sheets = db.session.scalars(select(m.FieldSheet)).all()
        subtotal.refresh(db.session(), sheets)


def _explanation_stage(now: Any) -> None:
    """The explanation stage of this year: begun for some levels, to come for the others."""
    this = db.session.scalars(select(m.Round).where(m.Round.code != LAST_YEAR)).one()
    windows = select(m.Window).where(m.Window.round_id == this.id, m.Window.stage == Stage.EXPLANATION)
    for window in db.session.scalars(windows).all():
        window.opens_at = now + timedelta(days=-1 if window.level.code in EXPLAINING else 50)
        window.closes_at = now + timedelta(days=60)


def _restricted(units: dict[str, m.Unit], now: Any) -> None:
    """A further manager of a district, whose access is cut to one of its communes."""
    some = db.session.scalars(select(m.Account).where(m.Account.username == "manager.h1")).one()
    person = m.Account(
        username="cut.h1",
        full_name="Phạm Bị Hạn Chế",
        unit_id=units["H1"].id,
        password_hash=some.password_hash,
        must_change_password=False,
        created_at=now,
    )
    db.session.add(person)
    db.session.flush()
    since = now.date() - timedelta(days=20)
    db.session.add(m.Post(account_id=person.id, unit_id=units["H1"].id, function=Function.MANAGER, valid_from=since))
    db.session.add(
        m.Restriction(
            account_id=person.id,
            unit_id=units["H1"].id,
            unit_ids=[units["X11"].id],
            valid_from=since,
            reason=mark("restriction", "X11"),
        )
    )


def _people(units: dict[str, m.Unit], now: Any) -> None:
    """Delegations, sessions, throttles, changes of units: one per unit."""
    today = now.date()
    _restricted(units, now)
    accounts = {account.username: account for account in db.session.scalars(select(m.Account))}
    for post in db.session.scalars(select(m.Post)).all():
        if post.function is Function.LEADER:
            code = next(code for code, unit in units.items() if unit.id == post.unit_id)
            db.session.add(
                m.Delegation(
                    post_id=post.id,
                    receiver_id=accounts[f"officer.{code.lower()}"].id,
                    unit_id=post.unit_id,
                    verbs=[Verb.SIGN.value, Verb.READ.value],
                    valid_from=today - timedelta(days=1),
                    valid_to=today + timedelta(days=5),
                    reason=mark("delegation", code),
                )
            )
    for account in accounts.values():
        db.session.add(
            m.LoginSession(
                token_hash=f"{account.id:064x}", account_id=account.id, created_at=now, seen_at=now, address="10.0.0.1"
            )
        )
    db.session.flush()
    _authority(units, accounts, now)
    db.session.add(m.LoginThrottle(key="0" * 64, failures=1, updated_at=now))
    for login in ("officer.x11", "leader.sa", "admin"):
        id_ = accounts[login].id
        db.session.add(m.SecondFactor(account_id=id_, secret=mark("seed", login)[:64], created_at=now))
        db.session.add(m.RecoveryCode(account_id=id_, code_hash=f"{id_:064x}"))
        db.session.add(m.PreviousPassword(account_id=id_, password_hash=mark("former", login), replaced_at=now))
    for code, unit in units.items():
        if code != "P":
            db.session.add(
                m.UnitChange(from_unit_id=unit.id, to_unit_id=units["P"].id, effective_on=date(2025, 7, 1), how="part")
            )
            if code != "VP":
                db.session.add(m.UnitGroupMember(group_id=_group().id, unit_id=unit.id))
    # Somebody with a seat in the council and a post in a unit that it assesses.
    council = db.session.scalars(select(m.Council).where(m.Council.name == "Hội đồng tỉnh")).one()
    seat = m.Seat(
        council_id=council.id,
        account_id=accounts["officer.sb"].id,
        unit_id=council.unit_id,
        function=Function.HELPER,
        valid_from=today - timedelta(days=1),
    )
    db.session.add(seat)
    db.session.flush()
    for field in db.session.scalars(select(m.Criterion).where(m.Criterion.code == "1")).all():
        db.session.add(m.Assignment(seat_id=seat.id, criterion_id=field.id, owner_unit_id=council.unit_id))


def _group() -> m.UnitGroup:
    return db.session.scalars(select(m.UnitGroup)).one()


def _authority(units: dict[str, m.Unit], accounts: dict[str, m.Account], now: Any) -> None:
    """Of each unit: a restriction that is over, a list of staff changes, somebody looked at; all of it past, none in force."""
    past = now.date() - timedelta(days=3)
    sessions = {login.account_id: login.id for login in db.session.scalars(select(m.LoginSession))}
    admin = accounts["admin"]
    db.session.add(m.ReadCount(account_id=admin.id, since=now, count=3))
    for account in accounts.values():
        kind, _, code = account.username.partition(".")
        unit = units.get(code.upper())
        if kind != "leader" or unit is None:
            continue
        db.session.add(
            m.Restriction(
                account_id=account.id,
                unit_id=unit.id,
                read_only=True,
                unit_ids=[],
                field_codes=[],
                valid_from=past,
                valid_to=past,
                reason=mark("restriction", unit.code),
            )
        )
        db.session.add(
            m.Viewing(
                session_id=sessions[admin.id],
                viewer_id=admin.id,
                account_id=account.id,
                unit_id=unit.id,
                reason=mark("viewing", unit.code),
                started_at=now - timedelta(hours=3),
                until=now - timedelta(hours=2),
                ended_at=now - timedelta(hours=2),
            )
        )
        request = m.StaffRequest(
            unit_id=unit.id, author_id=account.id, created_at=now, sent_at=now, note=mark("staff request", unit.code)
        )
        db.session.add(request)
        db.session.flush()
        db.session.add(
            m.StaffChange(
                request_id=request.id,
                unit_id=unit.id,
                number=1,
                move=StaffMove.RECRUITED,
                full_name=mark("staff", unit.code),
                function=Function.OFFICER,
                effective_on=now.date(),
                note=mark("staff note", unit.code),
            )
        )


def _last_year(units: dict[str, m.Unit], building: Any) -> None:
    """A round that is over, with its own councils over the same units and seats held by others."""
    now = building.now
    this = db.session.scalars(select(m.Round)).one()
    last = m.Round(code=LAST_YEAR, name="Năm 2023", year=2023, cut_off_on=date(2023, 12, 31))
    db.session.add(last)
    db.session.flush()
    kinds = db.session.scalars(select(m.UnitKind)).all()
    for group in db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.round_id == this.id)).all():
        copy = m.RankingGroup(
            round_id=last.id,
            code=group.code,
            name=group.name,
            level_id=group.level_id,
            criteria_set_id=group.criteria_set_id,
            classes=[m.ClassBand(name="Đạt", lower_bound=Decimal(0))],
        )
        db.session.add(copy)
        db.session.flush()
        for kind in kinds:
            if kind.level_id == group.level_id:
                db.session.add(m.RankingGroupKind(group_id=copy.id, kind_id=kind.id))
        for stage in (Stage.SELF_SCORING, Stage.APPRAISAL, Stage.APPROVAL):
            db.session.add(
                m.Window(
                    round_id=last.id,
                    level_id=group.level_id,
                    stage=stage,
                    opens_at=now - timedelta(days=400),
                    closes_at=now - timedelta(days=300),
                )
            )
    council = m.Council(round_id=last.id, unit_id=units["P"].id, name="Hội đồng năm trước")
    db.session.add(council)
    db.session.flush()
    for code, unit in units.items():
        if code != "P":
            db.session.add(m.CouncilUnit(council_id=council.id, round_id=last.id, unit_id=unit.id))
    open_in(building, last)


def _fill(form: m.Assessment, now: Any) -> None:
    """Everything that can hang on a form, with the marks of its unit."""
    code = form.unit.code
    this_year = form.round.code != LAST_YEAR
    author = db.session.scalars(select(m.Account).where(m.Account.username == f"officer.{code.lower()}")).one()
    if this_year and code in LOCKED:
        form.signed_at = form.closed_at = now - timedelta(hours=1)
        form.signed_by_id = author.id
    if this_year:
        form.released = RELEASED.get(code, Layer.SUPERIOR)
    key = {"assessment_id": form.id, "unit_id": form.unit_id, "criteria_set_id": form.criteria_set_id}
    leaves = {
        leaf.code: leaf
        for leaf in db.session.scalars(select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id))
    }
    for leaf, layers in LEAVES.items():
        for layer in layers:
            db.session.add(
                m.Score(
                    **key,
                    criterion_id=leaves[leaf].id,
                    layer=layer,
                    computed_points=Decimal(5),
                    points=Decimal(5),
                    note=mark("note", code, layer),
                    reason=mark("score", code, layer),
                    author_id=author.id,
                    updated_at=now,
                )
            )
    evidence = m.Evidence(
        unit_id=form.unit_id, title=mark("evidence", code), author_id=author.id, created_at=now, number="12/QĐ"
    )
    db.session.add(evidence)
    db.session.flush()
    files = [
        m.EvidenceFile(
            evidence_id=evidence.id,
            unit_id=form.unit_id,
            number=number,
            name=f"{mark('file', code)} {number}.pdf",
            sha256=_stored(f"{mark('file', code)} {number}"),
            size=len(_bytes(f"{mark('file', code)} {number}")),
            kind="pdf",
            scan=Scan.CLEAN,
            author_id=author.id,
            created_at=now,
        )
        for number in (1, 2, 3)
    ]
    db.session.add_all(files)
    db.session.flush()
    # The first version came with the form, the second with the explanation; nothing relies on the third.
    for file, stage in zip(files, (Stage.SELF_SCORING, Stage.EXPLANATION), strict=False):
        db.session.add(
            m.EvidenceLink(
                **key,
                criterion_id=leaves["1.1"].id,
                evidence_id=evidence.id,
                file_id=file.id,
                stage=stage,
                page=mark("page", code),
            )
        )
    _asked(form, leaves, code, author, now)
    db.session.add(m.Exemption(**key, criterion_id=leaves["1.5"].id, reason=mark("exemption", code)))
    db.session.add(
        m.Notice(
            unit_id=form.unit_id,
            assessment_id=form.id,
            message_id="Your form was reopened. Reason: {reason}",
            params=stored({"reason": mark("notice", code)}),
            author_id=author.id,
            created_at=now,
        )
    )
    more = timedelta(days=20) if this_year and code == EXTENDED else timedelta(days=-1)
    db.session.add(
        m.Extension(
            assessment_id=form.id,
            unit_id=form.unit_id,
            stage=Stage.SELF_SCORING,
            ends_at=now + more if this_year else now - timedelta(days=299),
            reason=mark("extension", code),
            author_id=author.id,
            created_at=now,
        )
    )
    for sheet in db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id == form.id)).all():
        sheet.state = SHEETS.get(code, {}).get(sheet.field.code, State.APPRAISAL) if this_year else State.CLOSED
        if sheet.state in (State.APPROVED, State.CLOSED):
            sheet.minutes_number, sheet.minutes_on = mark("minutes", code), date(2024, 12, 1)
        if sheet.state is State.APPRAISAL and code in LOCKED:
            sheet.returned_reason = mark("returned", code)


def _bytes(text: str) -> bytes:
    return f"%PDF-1.7\n{text}\n%%EOF\n".encode()


def _stored(text: str) -> str:
    """Put the bytes of a file into the store; return their SHA-256."""
    config = current_app.config["PARINDEX"]
    source = incoming(config) / "full.part"
    source.parent.mkdir(parents=True, exist_ok=True)
    source.write_bytes(_bytes(text))
    digest = hashlib.sha256(_bytes(text)).hexdigest()
    storage().put(source, digest)
    return digest


def _asked(form: m.Assessment, leaves: dict[str, m.Criterion], code: str, author: m.Account, now: Any) -> None:
    """Questions (one not sent yet), their answers, remarks for both audiences, reference figures, history, snapshots."""
    key = {"assessment_id": form.id, "unit_id": form.unit_id, "criteria_set_id": form.criteria_set_id}
    written = {"author_id": author.id, "unit_id": form.unit_id, "assessment_id": form.id}
    for leaf, sent in (("1.1", True), ("1.3", False)):
        question = m.Question(
            **key,
            criterion_id=leaves[leaf].id,
            text=mark("question", code) if sent else mark("question not sent", code),
            author_id=author.id,
            asked_at=now,
            sent_at=now if sent else None,
        )
        db.session.add(question)
        db.session.flush()
        if sent:
            db.session.add(
                m.Explanation(
                    **written,
                    question_id=question.id,
                    criterion_id=leaves[leaf].id,
                    text=mark("explanation", code),
                    updated_at=now,
                    signed_at=now if code in EXPLAINED else None,
                )
            )
    for audience in Audience:
        for layer in (Layer.APPRAISAL, Layer.COUNCIL):
            db.session.add(
                m.Remark(
                    **key,
                    criterion_id=leaves["1.1"].id,
                    audience=audience,
                    layer=layer,
                    text=mark(f"remark {audience.value}", code, layer),
                    author_id=author.id,
                    created_at=now,
                )
            )
    db.session.add(
        m.ReferenceFigure(
            **key,
            criterion_id=leaves["1.2.1"].id,
            inputs={"numerator": "41", "denominator": "48"},
            source=mark("reference", code),
            as_of=date(2024, 12, 1),
            author_id=author.id,
            imported_at=now,
        )
    )
    db.session.flush()
    for layer, verb in ((Layer.SELF, Verb.SIGN), (Layer.APPRAISAL, Verb.HAND_IN), (Layer.COUNCIL, Verb.APPROVE)):
        db.session.add(
            m.Snapshot(
                **key,
                verb=verb.value,
                layer=layer,
                at=now,
                author_id=author.id,
                reason=mark("snapshot", code, layer),
                author_name=author.full_name,
                authority=f"officer · {author.unit.name}",
                content=hold(db.session(), form, layer, None, now),
            )
        )
    for layer, verb, what in HISTORY:
        trail.append(
            db.session(),
            {
                "at": now,
                "actor_id": author.id,
                "actor_name": author.full_name,
                "unit_id": key["unit_id"],
                "assessment_id": key["assessment_id"],
                "criterion_id": leaves["1.1"].id,
                "layer": layer,
                "verb": verb.value,
                "operation": "update",
                "object_type": what,
                "object_id": "1",
                "changes": {"reason": [None, mark("history", code, layer)]},
            },
        )


def _publish(units: dict[str, m.Unit], now: Any) -> None:
    """Last year's results of every group: an edition withdrawn, and the one in force."""
    admin = db.session.scalars(select(m.Account).where(m.Account.username == "admin")).one()
    groups = db.session.scalars(
        select(m.RankingGroup).join(m.Round, m.Round.id == m.RankingGroup.round_id).where(m.Round.code == LAST_YEAR)
    ).all()
    for group in groups:
        forms = db.session.scalars(select(m.Assessment).where(m.Assessment.group_id == group.id)).all()
        for number, in_force in ((1, False), (2, True)):
            edition = m.Edition(
                group_id=group.id,
                number=number,
                decision_number=f"{number}/QĐ-UBND",
                decision_on=date(2024, 1, 31),
                published_at=now,
                published_by_id=admin.id,
                in_force=in_force,
                withdrawn_at=None if in_force else now,
                withdrawn_reason=None if in_force else "Nhầm số liệu",
                settings=Settings.of(group).to_json(),
                digest="0" * 64,
            )
            db.session.add(edition)
            db.session.flush()
            for position, form in enumerate(forms):
                _line(edition, form.unit, position)


def _line(edition: m.Edition, unit: m.Unit, position: int) -> None:
    parent = unit.parent
    row = m.EditionRow(
        edition_id=edition.id,
        unit_id=unit.id,
        position=position,
        unit_code=unit.code,
        unit_name=unit.name,
        kind_name=unit.kind.name,
        level_name=unit.kind.level.name,
        parent_id=parent.id if parent else None,
        parent_name=parent.name if parent else "",
        achieved=Decimal(80),
        maximum=Decimal(100),
        bonus=Decimal(0),
        penalty=Decimal(0),
        index=Decimal(80),
        rank=position + 1,
        rank_in_parent=1,
        class_name="Đạt",
    )
    row.fields = [
        m.EditionField(position=0, code="1", name="Chỉ đạo, điều hành", achieved=Decimal(50), maximum=Decimal(60))
    ]
    db.session.add(row)
    db.session.add(
        m.EditionLeaf(
            edition_id=edition.id,
            unit_id=unit.id,
            position=0,
            code="1.1",
            field_code="1",
            kind="criterion",
            name="Ban hành kế hoạch",
            maximum=Decimal(10),
            self_points=Decimal(10),
            points=Decimal(5),
            remark=mark("withdrawn leaf" if not edition.in_force else "leaf", unit.code),
        )
    )


@pytest.fixture
def full(database: Database) -> Iterator[Province]:
    """The small province with rows everywhere; the clock at the present moment."""
    database.start_from("full", build)
    with database.app.app_context():
        clock.set_offset(timedelta())
    yield Province(database.app)
    with database.app.app_context():
        clock.set_offset(timedelta())

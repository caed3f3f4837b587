"""Restrictions bite: reading only, some units, some fields; at once, for what is lent too, and they end by themselves (Điều 9.1)."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import current_actor
from permissions.gate import Refused
from permissions.needs import can
from permissions.policies import judge
from rules.verbs import Verb
from rules.vocabulary import Function, State
from services import appraisal, assessment, scoring
from services.score import Entry
from tests.access.steps import Office, day, restrict, told
from tests.auth.support import Person, set_rules
from tests.lending.support import lend
from tests.permissions.stages import acting_as, bring, by, form_of, give_post, sheet_of, today_here, writing
from tests.support.world import Province

READING = "chỉ được xem"


@pytest.fixture
def office(province: Province) -> Office:
    return Office.of(province)


def _scores(province: Province) -> list[str]:
    with province.system():
        rows = db.session.scalars(select(m.Score)).all()
        return sorted(f"{row.criterion.code} {row.layer:d}" for row in rows)


# Reading only


def test_reading_only_acts_in_a_running_session_on_the_next_request(province: Province, office: Office) -> None:
    """The form stays open without inputs, every write is refused with the sentence, the page says until when."""
    person = Person(province, "officer.x11").enters()
    form = province.form_id("X11")
    assert 'name="1.4:count"' in person.get(f"/assessments/{form}").get_data(as_text=True)
    last = day(province, 5)
    office.does("officer.x11", "restrict", "Đang xác minh", read_only="y", valid_to=last)
    page = person.get(f"/assessments/{form}").get_data(as_text=True)
    assert 'name="1.4:count"' not in page
    assert READING in page
    assert f"đến hết ngày {last:%d/%m/%Y}" in page
    for path, data in (
        (f"/assessments/{form}/scores", {"1.4:count": "1", "1.4:touched": "1"}),
        (f"/assessments/{form}/scores/1.4", {"1.4:count": "1"}),
    ):
        answer = person.post(path, data)
        assert answer.status_code == 403
        assert READING in answer.get_data(as_text=True)
    assert _scores(province) == []
    assert person.get(f"/assessments/{form}/check").status_code == 200
    (entry,) = told(province, "Restriction")
    assert entry[:3] == ("create", "Nguyễn Quản Trị", "Đang xác minh")
    news = Person(province, "officer.x11").enters().get("/").get_data(as_text=True)
    assert "Nguyễn Quản Trị đã hạn chế quyền" in news


@pytest.mark.parametrize(
    ("login", "unit", "state", "verb"),
    [
        ("leader.x11", "X11", State.DRAFT, Verb.SIGN),
        ("manager.h1", "X11", State.DRAFT, Verb.EXTEND),
        ("helper1.p", "SA", State.APPRAISAL, Verb.APPRAISE),
        ("chair.p", "SA", State.APPRAISED, Verb.APPROVE),
        ("admin", "SA", State.APPRAISAL, Verb.REOPEN),
    ],
)
def test_every_role_reads_on_and_writes_nothing(
    province: Province, login: str, unit: str, state: State, verb: Verb
) -> None:
    bring(province, unit, state)

    def verdicts() -> tuple[bool, bool, bool, str]:
        with acting_as(province, login) as actor:
            form = form_of(unit)
            subject = sheet_of(form, "1") if verb in (Verb.APPRAISE, Verb.APPROVE) else form
            found = judge(db.session(), actor, verb, subject, reason="vì")
            return judge(db.session(), actor, Verb.READ, subject).ok, found.ok, can(verb), str(found.why)

    assert verdicts()[:3] == (True, True, True)
    with writing(province):
        give_post("P", "observer", Function.MANAGER)  # somebody else administers
        account = by(m.Account, username=login)
        db.session.add(
            m.Restriction(
                account_id=account.id,
                unit_id=account.unit_id,
                read_only=True,
                valid_from=today_here(),
                reason="Đang xác minh đơn thư",
            )
        )
    *seen, why = verdicts()
    assert seen == [True, False, False]
    assert "restricted to reading" in why
    page = Person(province, login).enters().get("/")
    assert (page.status_code, READING in page.get_data(as_text=True)) == (200, True)


def test_it_ends_by_itself_and_may_begin_later(province: Province, monkeypatch: Any) -> None:
    set_rules(province, monkeypatch, idle_minutes=10**5, hours=10**4)
    restrict(province, "officer.x11", read_only=True, first=day(province, 2), last=day(province, 3))
    person = Person(province, "officer.x11").enters()
    seen = []
    for days in (0, 2, 3, 4):
        province.move_clock(days=days)
        seen.append(READING in person.get("/").get_data(as_text=True))
    assert seen == [False, True, True, False]


def test_it_is_lifted_with_a_reason(province: Province, office: Office) -> None:
    restrict(province, "officer.x11", read_only=True)
    person = Person(province, "officer.x11").enters()
    id_ = province.id_of(m.Restriction, reason="Đang xác minh đơn thư")
    office.fails("officer.x11", "lift", " ", restriction=id_)
    assert READING in person.get("/").get_data(as_text=True)
    other = office.desk.post(office.path("officer.sa"), do="lift", reason="vì", restriction=id_)
    assert other.status_code == 404
    office.does("officer.x11", "lift", "Đã xác minh xong", restriction=id_)
    assert READING not in person.get("/").get_data(as_text=True)
    assert told(province, "Restriction")[-1][:3] == ("update", "Nguyễn Quản Trị", "Đã xác minh xong")
    assert "đã hết hiệu lực" in office.fails("officer.x11", "lift", restriction=id_)


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({}, "nội dung hạn chế"),
        ({"read_only": "y", "valid_from": -1}, "từ hôm nay"),
        ({"read_only": "y", "valid_from": 5, "valid_to": 4}, "trước"),
        ({"units-0-unit": "X21"}, "không bao gồm"),
        ({"units-0-unit": "P"}, "không bao gồm"),
        ({"units-0-unit": "khong co"}, "khong co"),
        ({"field_codes": "77"}, ""),
    ],
)
def test_what_cuts_nothing_or_cannot_be_is_refused_at_its_field(
    province: Province, office: Office, more: dict[str, Any], why: str
) -> None:
    given = {name: day(province, value) if isinstance(value, int) else value for name, value in more.items()}
    assert why in office.fails("manager.h1", "restrict", **given)
    with province.system():
        assert db.session.scalars(select(m.Restriction)).all() == []


# Some units


def test_a_manager_restricted_to_a_commune_sees_and_reaches_it_alone(province: Province, office: Office) -> None:
    person = Person(province, "manager.h1").enters()
    assert "Xã Đức Hòa" in person.get("/progress/").get_data(as_text=True)
    office.does("manager.h1", "restrict", **{"units-0-unit": "X11"})
    form, other = province.form_id("X11"), province.form_id("X12")
    for path in ("/", "/progress/", "/admin/score/", "/admin/unit/", "/admin/unit/?search=duc", "/admin/audit/"):
        page = person.get(path).get_data(as_text=True)
        assert "Xã Đức Hòa" not in page, path
    assert "Xã Ấp Bắc" in person.get("/progress/").get_data(as_text=True)
    assert "trong phạm vi đơn vị: Xã Ấp Bắc" in person.get("/").get_data(as_text=True)
    assert (person.get(f"/progress/{form}").status_code, person.get(f"/progress/{other}").status_code) == (200, 404)
    export = person.get("/admin/unit/export/csv/").get_data(as_text=True)
    assert "Xã Ấp Bắc" in export
    assert "Xã Đức Hòa" not in export
    assert person.post(f"/progress/{other}/remind", {"text": "Nhắc"}).status_code == 404
    assert person.post(f"/progress/{form}/remind", {"text": "Nhắc"}).status_code == 302


def test_a_unit_outside_every_restriction_is_left_to_nobody(province: Province) -> None:
    """Two restrictions to different units leave nothing; of one within the other the narrower counts."""
    restrict(province, "manager.h1", units=("X11",))
    restrict(province, "manager.h1", units=("H1",))
    with province.acting("manager.h1"):
        assert set(db.session.scalars(select(m.Unit.code))) == {"X11"}
    restrict(province, "manager.h1", units=("X12",))
    with province.acting("manager.h1"):
        assert db.session.scalars(select(m.Unit.code)).all() == []


def test_an_administrator_restricted_to_units_changes_nothing_of_the_whole(province: Province) -> None:
    """Else it would publish, or keep accounts, with what it does not see left out."""
    with writing(province):
        give_post("P", "officer.sb", Function.MANAGER)
        db.session.delete(
            db.session.scalars(
                select(m.Post).where(m.Post.function == "officer", m.Post.unit_id == by(m.Unit, code="SB").id)
            ).one()
        )
    restrict(province, "officer.sb", units=("H1",))
    with province.acting("officer.sb"):
        actor = current_actor()
        assert actor is not None
        for verb in (Verb.PUBLISH, Verb.MANAGE_ACCOUNTS, Verb.MANAGE_CATALOGUE, Verb.MANAGE_ROUND):
            assert not can(verb)
            assert not judge(db.session(), actor, verb, reason="vì")
        assert judge(db.session(), actor, Verb.REMIND, form_of("X11"))
    person = Person(province, "officer.sb").enters()
    answer = person.get("/admin/account/")
    assert answer.status_code == 403
    assert "Huyện Đông Thành" in answer.get_data(as_text=True)


def test_a_helper_restricted_to_units_and_fields_judges_these_alone(province: Province) -> None:
    for unit in ("SA", "SB"):
        bring(province, unit, State.APPRAISAL)
    restrict(province, "helper.h1", units=("X11",))
    restrict(province, "helper1.p", units=("SA",))
    restrict(province, "helper2.p", fields=("2",))
    with acting_as(province, "helper1.p") as actor:
        assert judge(db.session(), actor, Verb.APPRAISE, sheet_of(form_of("SA"), "1"))
        assert db.session.get(m.Assessment, form_of("SB").id, populate_existing=True) is None
    with acting_as(province, "helper2.p") as actor:
        assert judge(db.session(), actor, Verb.APPRAISE, sheet_of(form_of("SB"), "2"))
        refused = judge(db.session(), actor, Verb.APPRAISE, sheet_of(form_of("SB"), "8"))
        assert "restricted" in str(refused.why)
        stand = appraisal.standing(db.session(), actor, [sheet_of(form_of("SB"), code) for code in ("2", "8")])
        assert stand.authority.limits is not None


# Some fields


def test_an_officer_restricted_to_a_field_reads_all_and_writes_there(province: Province, office: Office) -> None:
    person = Person(province, "officer.x11").enters()
    office.does("officer.x11", "restrict", field_codes="1")
    form = province.form_id("X11")
    page = person.get(f"/assessments/{form}").get_data(as_text=True)
    inputs = {code.split(".")[0] for code in re.findall(r'name="(\d[\d.]*):', page)}
    assert inputs == {"1"}
    assert "Giải quyết đúng hạn" in page
    assert "chỉ được cập nhật lĩnh vực 1" in page
    with acting_as(province, "officer.x11") as actor:
        mine = form_of("X11")
        assessment.save(mine, {"1.4": Entry({"count": "1"})})
        for other in (
            {"2.2": Entry({"numerator": "1", "denominator": "2"})},
            {"1.5": Entry({"count": "1"}), "2.2": Entry({"numerator": "1", "denominator": "2"})},
        ):
            with pytest.raises(Refused) as refused:
                assessment.save(mine, other)
            assert "restricted to the fields 1" in str(refused.value.verdict.why)
        assert not scoring.read(mine, actor).writes("2")
    assert _scores(province) == ["1.4 10"]
    answer = person.post(f"/assessments/{form}/scores/2.2", {"2.2:numerator": "1", "2.2:denominator": "2"})
    assert answer.status_code == 403
    assert "lĩnh vực 1" in answer.get_data(as_text=True)
    upload = {"file": (BytesIO(b"%PDF-1.4"), "a.pdf")}
    assert person.post(f"/assessments/{form}/evidence/2.2/files", upload).status_code in (403, 404)


def test_a_leader_restricted_to_a_field_does_not_sign(province: Province) -> None:
    restrict(province, "leader.x11", fields=("1",))
    with acting_as(province, "leader.x11") as actor:
        form = form_of("X11")
        refused = judge(db.session(), actor, Verb.SIGN, form)
        assert "restricted to the fields 1" in str(refused.why)
        with pytest.raises(Refused):
            assessment.sign(form)
        assert judge(db.session(), actor, Verb.SCORE, form)


def test_a_workbook_for_another_field_is_refused(province: Province) -> None:
    from services.workbook import claims

    restrict(province, "officer.x11", fields=("1",))
    with acting_as(province, "officer.x11") as actor:
        targets = claims.targets(scoring.read(scoring.find(form_of("X11").id), actor))
        closed = {target.code for target in targets.values() if target.closed is not None}
    assert {"2.1", "2.2", "9.1"} <= closed
    assert not closed & {"1.1", "1.4", "1.5"}


# Lent


def test_a_restriction_of_the_giver_cuts_what_was_lent(province: Province) -> None:
    with writing(province):
        post = db.session.scalars(
            select(m.Post).where(m.Post.account_id == by(m.Account, username="manager.h1").id)
        ).one()
        today = day(province)
        db.session.add(
            m.Delegation(
                post_id=post.id,
                receiver_id=by(m.Account, username="officer.sb").id,
                unit_id=post.unit_id,
                verbs=["read", "remind", "read_provisional"],
                valid_from=today,
                valid_to=today + timedelta(days=9),
                reason="Đi công tác",
            )
        )
    restrict(province, "manager.h1", units=("X11",))
    key = f"delegation:{province.id_of(m.Delegation, reason='Đi công tác')}"
    with acting_as(province, "officer.sb", key):
        assert set(db.session.scalars(select(m.Unit.code))) == {"X11"}
    with acting_as(province, "officer.sb") as actor:
        assert actor.authority is not None
        assert actor.authority.limits is None, "the own post is not cut"
    restrict(province, "manager.h1", read_only=True)
    with acting_as(province, "officer.sb", key) as actor:
        assert judge(db.session(), actor, Verb.READ, form_of("X11"))
        assert not judge(db.session(), actor, Verb.REMIND, form_of("X11"))


def test_the_same_restriction_does_not_stand_twice(province: Province, office: Office) -> None:
    """A second click adds nothing, so that one lifting frees the person."""
    login = "officer.x11"
    office.does(login, "restrict", read_only="y", valid_to=day(province, 5))
    for again in ({"valid_to": day(province, 5)}, {"valid_from": day(province, 1), "valid_to": day(province, 2)}):
        assert "Hạn chế này đã có" in office.fails(login, "restrict", read_only="y", **again)
    # What is longer, or cuts something else, is another one.
    for other in ({"read_only": "y"}, {"units-0-unit": "X11"}, {"read_only": "y", "field_codes": ["1"]}):
        office.does(login, "restrict", **other)
    office.does("officer.x12", "restrict", read_only="y")
    id_ = province.id_of(m.Restriction, account_id=province.id_of(m.Account, username="officer.x12"))
    office.does("officer.x12", "lift", restriction=id_)
    office.does("officer.x12", "restrict", read_only="y")


def test_who_only_borrows_is_restricted_to_units_of_what_is_lent(province: Province, office: Office) -> None:
    """A guest without a post works in the place of a district's manager."""
    with writing(province) as doing:
        guest = m.Account(username="guest", full_name="Khách", unit_id=by(m.Unit, code="H1").id, created_at=doing.now)
        db.session.add(guest)
    assert "không bao gồm" in office.fails("guest", "restrict", **{"units-0-unit": "X11"})
    lend(province, "manager.h1", "guest", Verb.REMIND)
    assert "không bao gồm" in office.fails("guest", "restrict", **{"units-0-unit": "X21"})
    office.does("guest", "restrict", **{"units-0-unit": "X11"})
    with writing(province) as doing:
        by(m.Delegation).revoked_at = doing.now
    assert "không bao gồm" in office.fails("guest", "restrict", **{"units-0-unit": "X12"})

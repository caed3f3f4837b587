"""Accounts with one-time passwords, posts, and authority that is lent."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from tests.admin.desk import Desk, form_of, rows
from tests.support.world import Province, token

PERSON = {
    "full_name": "Lê Thị Mới",
    "username": "Moi.le",
    "email": "moi@example.vn",
    "unit": "SA",
    "reason": "Công văn 5",
}


@pytest.fixture
def desk(province: Province) -> Desk:
    return Desk.of(province, "admin")


def _secret(page: str) -> str:
    found = re.search(r"<code>([a-z0-9-]+)</code>", page)
    assert found is not None, page
    return found[1]


def _signs_in(province: Province, login: str, password: str) -> bool:
    client = province.app.test_client()
    answer = client.post("/login", data={"username": login, "password": password, "csrf_token": token(client)})
    return answer.status_code == 302


def test_a_new_account_gets_a_password_that_is_shown_once(province: Province, desk: Desk) -> None:
    answer = desk.post("account/new/", **PERSON)
    secret = _secret(answer.get_data(as_text=True))
    assert answer.headers["Cache-Control"] == "no-store"
    assert _signs_in(province, "moi.le", secret)
    with province.system():
        account = db.session.scalars(select(m.Account).where(m.Account.username == "moi.le")).one()
        assert account.must_change_password
        assert secret not in account.password_hash
        entry = db.session.scalars(select(m.AuditEntry).where(m.AuditEntry.object_id == str(account.id))).first()
        assert entry is not None
    id_ = province.id_of(m.Account, username="moi.le")
    for path in ("account/", f"account/edit/?id={id_}", f"account/access/?id={id_}", "audit/"):
        assert secret not in desk.get(path)
    with desk.client.session_transaction() as cookie:
        assert secret not in str(dict(cookie))


@pytest.mark.parametrize(
    "wrong",
    [{"username": "officer.sa"}, {"username": "Cán bộ"}, {"username": "a"}, {"unit": "XYZ"}, {"full_name": ""}],
)
def test_a_faulty_account_is_not_made(province: Province, desk: Desk, wrong: dict[str, str]) -> None:
    said = desk.refused("account/new/", **{**PERSON, **wrong})
    assert said
    with province.system():
        assert db.session.scalar(select(m.Account.id).where(m.Account.full_name == PERSON["full_name"])) is None


def test_a_reissued_password_ends_the_old_one_and_its_sessions(province: Province, desk: Desk) -> None:
    first = _secret(desk.post("account/new/", **PERSON).get_data(as_text=True))
    person = province.client("moi.le", first)
    id_ = province.id_of(m.Account, username="moi.le")
    assert person.get("/password").status_code == 200
    path = f"account/access/?id={id_}"
    assert "Hãy nêu lý do" in desk.refused(path, do="reissue", reason=" ")
    assert person.get("/password").status_code == 200
    second = _secret(desk.post(path, do="reissue", reason="Quên mật khẩu").get_data(as_text=True))
    assert person.get("/password").status_code == 302
    assert not _signs_in(province, "moi.le", first)
    assert _signs_in(province, "moi.le", second)


def test_suspended_accounts_are_out_at_once_and_nobody_suspends_the_own(province: Province, desk: Desk) -> None:
    officer = province.client("officer.sa")
    ids = [province.id_of(m.Account, username=name) for name in ("officer.sa", "officer.sb")]
    own = province.id_of(m.Account, username="admin")
    asked = desk.post("account/action/", action="suspend", rowid=ids)
    assert (asked.status_code, "Cán bộ Sở Tư pháp" in asked.get_data(as_text=True)) == (200, True)
    assert desk.post("account/action/", action="suspend", rowid=ids, reason=" ", confirmed="yes").status_code == 422
    assert officer.get("/").status_code == 200
    assert desk.post("account/action/", action="suspend", rowid=[*ids, own], reason="vì").status_code == 302
    assert officer.get("/").status_code == 200  # one refusal refuses all
    assert desk.post("account/action/", action="suspend", rowid=ids, reason="Hết hợp đồng").status_code == 302
    assert officer.get("/").status_code == 302


def test_the_edit_form_leaves_login_days_and_suspension_alone(province: Province, desk: Desk) -> None:
    """Extra form fields set nothing; what it does change needs a reason too."""
    id_ = province.id_of(m.Account, username="officer.sa")
    path = f"account/edit/?id={id_}"
    shown = form_of(desk.get(path)).to_dict()
    assert {"username", "active", "valid_from", "valid_to"} & set(shown) == set()
    assert desk.refused(path, **{**shown, "full_name": "Lê Thị Đổi"})
    more = {
        "username": "khac",
        "active": "",
        "valid_to": "2020-01-01",
        "full_name": "Lê Thị Đổi",
        "reason": "Đổi họ tên",
    }
    desk.saved(path, **{**shown, **more})
    with province.system():
        found = db.session.get_one(m.Account, id_)
        assert (found.full_name, found.username, found.active, found.valid_to) == (
            "Lê Thị Đổi",
            "officer.sa",
            True,
            None,
        )


def test_the_name_of_a_person_leads_to_the_page_of_its_access(province: Province, desk: Desk) -> None:
    id_ = province.id_of(m.Account, username="officer.sa")
    page = desk.get("account/")
    assert f'<a href="/admin/account/access/?id={id_}">Cán bộ Sở Tư pháp</a>' in page
    assert "Cán bộ Sở Tư pháp" in desk.get(f"account/access/?id={id_}")


def test_a_post_takes_the_functions_of_units_only(province: Province, desk: Desk) -> None:
    post = {"account": "officer.sb", "unit": "SA", "valid_from": "2024-01-01", "reason": "Điều động"}
    desk.saved("post/new/", **post, function="observer")
    assert "Cán bộ Sở Xây dựng" in rows(desk.get("post/?flt2_function=observer"))
    assert desk.refused("post/new/", **post, function="chair")
    assert desk.refused("post/new/", **post, function="officer", valid_to="2023-12-31")


def _post_id(province: Province, login: str) -> int:
    return province.id_of(m.Post, account_id=province.id_of(m.Account, username=login))


def _day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=7, days=days)).date().isoformat()


LENT = {"receiver": "officer.sb", "valid_from": _day(1), "valid_to": _day(30), "reason": "Đi công tác"}
NOW = {**LENT, "valid_from": _day(0)}


def test_what_is_lent_is_chosen_among_what_the_giver_has(province: Province, desk: Desk) -> None:
    path = f"delegation/new/?post={_post_id(province, 'leader.sa')}"
    offered = set(re.findall(r'name="verbs" value="(\w+)"|value="(\w+)"[^>]*name="verbs"', desk.get(path)))
    verbs = {one or other for one, other in offered} or set(
        re.findall(r'value="([a-z_]+)"', "".join(re.findall(r"<input[^>]*verbs[^>]*>", desk.get(path))))
    )
    assert {"sign", "take_back", "score"} <= verbs
    assert {"publish", "manage_accounts", "appraise"} & verbs == set()
    for wrong in ([], ["publish"], ["sign", "appraise"], ["nonsense"]):
        assert desk.refused(path, **LENT, verbs=wrong)
    assert desk.refused(path, **{**LENT, "receiver": "leader.sa"}, verbs=["sign"])
    assert desk.refused(path, **{**LENT, "valid_to": _day(0)}, verbs=["sign"])
    desk.saved(path, **LENT, verbs=["sign"])
    with province.system():
        lent = db.session.scalars(select(m.Delegation)).one()
        assert set(lent.verbs) == {"read", "sign"}
        assert lent.unit_id == province.id_of(m.Unit, code="SA")


def test_a_delegation_works_until_it_is_revoked(province: Province, desk: Desk) -> None:
    desk.saved(f"delegation/new/?post={_post_id(province, 'leader.sa')}", **NOW, verbs=["sign"])
    with province.acting("officer.sb"):
        from permissions.actor import current_actor

        actor = current_actor()
        assert actor is not None
        assert [a.on_behalf_of for a in actor.authorities if a.lent] == ["Lãnh đạo Sở Tư pháp"]
    assert "Lãnh đạo Sở Tư pháp" in rows(desk.get("delegation/"))
    id_ = province.id_of(m.Delegation, reason="Đi công tác")
    asked = desk.post("delegation/action/", action="revoke", rowid=[id_])
    assert asked.status_code == 200
    assert f'name="rowid" value="{id_}"' in asked.get_data(as_text=True)
    silent = desk.post("delegation/action/", action="revoke", rowid=[id_], reason=" ")
    assert silent.status_code == 422
    assert "Hãy nêu lý do" in silent.get_data(as_text=True)
    assert desk.post("delegation/action/", action="revoke", rowid=[id_], reason="Đã về").status_code == 302
    with province.system():
        entry = db.session.scalars(select(m.AuditEntry).order_by(m.AuditEntry.id.desc()).limit(1)).one()
        assert (entry.object_type, entry.reason) == ("Delegation", "Đã về")
    with province.acting("officer.sb"):
        actor = current_actor()
        assert actor is not None
        assert [a for a in actor.authorities if a.lent] == []


def test_a_seat_may_be_lent_too(province: Province, desk: Desk) -> None:
    seat = province.id_of(m.Seat, account_id=province.id_of(m.Account, username="helper1.p"))
    path = f"delegation/new/?seat={seat}"
    said = desk.refused(path, **LENT, verbs=["appraise", "hand_in"])
    assert "Cán bộ Sở Xây dựng thuộc đơn vị được đánh giá" in said, "the council judges that department"
    desk.saved(path, **{**LENT, "receiver": "helper2.p"}, verbs=["appraise", "hand_in"])
    assert "Tổ viên Một" in rows(desk.get("delegation/"))


def test_what_was_lent_is_not_lent_on(province: Province, desk: Desk) -> None:
    admin_post = _post_id(province, "admin")
    desk.saved(f"delegation/new/?post={admin_post}", **NOW, verbs=["manage_accounts"])
    borrower = Desk.of(province, "officer.sb")
    lent = province.id_of(m.Delegation, reason="Đi công tác")
    borrower.works_as(f"delegation:{lent}")
    assert borrower.status("account/") == 200
    path = f"delegation/new/?post={_post_id(province, 'leader.sa')}"
    assert borrower.refused(path, **{**LENT, "receiver": "officer.sa"}, verbs=["sign"])

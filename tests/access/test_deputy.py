"""Who keeps accounts by delegation for some days: it makes nobody an administrator, takes none over, and counts as its giver."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from rules.verbs import Verb
from rules.vocabulary import Function, StaffDecision
from tests.access.steps import Office, day, kept, restrict, second_admin, told
from tests.admin.desk import Desk, form_of, problems
from tests.lending.support import borrower, lend
from tests.permissions.stages import by, writing
from tests.staff import steps
from tests.support.world import Province, token

DEPUTY = "officer.x22"
INTO: list[tuple[str, dict[str, str]]] = [
    ("reissue", {}),
    ("rename", {"username": "ten.khac"}),
    ("suspend", {}),
    ("days", {"valid_to": "2090-01-01"}),
    ("restrict", {"read_only": "y"}),
    ("post", {"unit": "X11", "function": "officer"}),
]


@pytest.fixture
def deputy(province: Province) -> Office:
    """The office, run by somebody to whom the administrator lent the keeping of accounts."""
    client = borrower(province, DEPUTY, lend(province, "admin", DEPUTY, Verb.MANAGE_ACCOUNTS))
    return Office(province, Desk(client, token(client, "/")))


def _governors(province: Province) -> set[str]:
    """Return the logins with a post that administers."""
    with province.system():
        return set(
            db.session.scalars(
                select(m.Account.username)
                .join(m.Post, m.Post.account_id == m.Account.id)
                .join(m.Unit, m.Unit.id == m.Post.unit_id)
                .where(m.Post.function == Function.MANAGER, m.Unit.parent_id.is_(None))
            )
        )


def test_a_loan_does_not_become_a_post(province: Province, deputy: Office) -> None:
    """Neither the deputy itself nor somebody it invents administers afterwards, on the page or on the generated screen."""
    assert "của chính mình" in deputy.fails(DEPUTY, "post", unit="P", function="manager")
    given = {"unit": "P", "function": "manager", "valid_from": day(province).isoformat(), "reason": "vì"}
    assert "của chính mình" in deputy.desk.refused("post/new/", account=DEPUTY, **given)
    made = deputy.desk.post("account/new/", full_name="Bù Nhìn", username="bu.nhin", unit="P", reason="vì")
    assert made.status_code == 200, problems(made.get_data(as_text=True))
    said = "Người được ủy quyền không giao được chức danh quản trị"
    assert said in deputy.fails("bu.nhin", "post", unit="P", function="manager")
    assert said in deputy.desk.refused("post/new/", account="bu.nhin", **given)
    # A lower post that it may give is not raised to one that administers.
    deputy.does("bu.nhin", "post", unit="P", function="observer")
    id_ = province.id_of(m.Post, account_id=province.id_of(m.Account, username="bu.nhin"))
    shown = form_of(deputy.desk.get(f"post/edit/?id={id_}")).to_dict()
    assert said in deputy.desk.refused(f"post/edit/?id={id_}", **{**shown, "function": "manager", "reason": "vì"})
    assert _governors(province) == {"admin"}


@pytest.mark.parametrize("login", ["admin", "admin2"])
def test_no_account_that_administers_is_taken_over_or_taken_down(
    province: Province, deputy: Office, login: str
) -> None:
    second_admin(province)
    before = kept(province, login)
    page = deputy.page(login)
    for button in ("Cấp mật khẩu dùng một lần", "Đổi tên đăng nhập", "Tạm ngừng", "Hạn chế"):
        assert f">{button}</button>" not in page, button
    for do, more in INTO:
        answer = deputy.desk.post(deputy.path(login), **deputy.form(login, do), reason="vì", **more)
        assert answer.status_code == 422, do
    assert "quản trị hệ thống" in deputy.fails(login, "reissue")
    post = province.id_of(m.Post, account_id=before.id)
    shown = form_of(deputy.desk.get(f"post/edit/?id={post}")).to_dict()
    assert deputy.desk.refused(f"post/edit/?id={post}", **{**shown, "valid_to": day(province), "reason": "vì"})
    deputy.desk.post("post/delete/", id=post, confirmed="yes", reason="vì")
    edit = f"account/edit/?id={before.id}"
    renamed = {**form_of(deputy.desk.get(edit)).to_dict(), "full_name": "Người Khác", "reason": "vì"}
    assert "quản trị hệ thống" in deputy.desk.refused(edit, **renamed)
    after = kept(province, login)
    assert (after.version, after.password_hash) == (before.version, before.password_hash)
    assert _governors(province) == {"admin", "admin2"}
    assert told(province, "Restriction") == []
    # What is lent is the work with everybody else's accounts.
    deputy.does("officer.sa", "suspend")


def test_the_second_factor_of_an_administrator_is_not_taken_away(province: Province, deputy: Office) -> None:
    with writing(province) as doing:
        id_ = by(m.Account, username="admin").id
        db.session.add(m.SecondFactor(account_id=id_, secret="x" * 32, created_at=doing.now, confirmed_at=doing.now))
    assert "quản trị hệ thống" in deputy.fails("admin", "reset")
    second_admin(province)
    Office.of(province, "admin2").does("admin", "reset")


def test_the_deputy_does_not_free_its_giver(province: Province, deputy: Office) -> None:
    second_admin(province)
    restrict(province, "admin2", read_only=True, first=day(province, 5), last=day(province, 6))
    Office.of(province, "admin2").does(
        "admin", "restrict", read_only="y", valid_from=day(province, 1), valid_to=day(province, 2)
    )
    for login in ("admin", "admin2"):
        id_ = province.id_of(m.Restriction, account_id=province.id_of(m.Account, username=login))
        assert deputy.fails(login, "lift", restriction=id_)


@pytest.mark.parametrize("do", ["accept", "refuse"])
def test_the_deputy_decides_nothing_about_its_giver(province: Province, do: str) -> None:
    """The administrator has its account in the commune; its leader reports that it retires."""
    second_admin(province)
    with writing(province):
        by(m.Account, username="admin").unit_id = by(m.Unit, code="X11").id
    key = lend(province, "admin", "manager.h2", Verb.MANAGE_ACCOUNTS)
    (row,) = steps.reported(province, {"login": "admin", "move": "retired", "day": day(province)})
    answer = steps.decide(borrower(province, "manager.h2", key), row, do=do, answer="Đã rõ")
    assert answer.status_code == 422
    assert "thay mặt chính người này" in steps.text(answer)
    assert steps.rows(province)[0].decision is StaffDecision.PENDING
    assert steps.decide(province.client("admin2"), row).status_code == 200

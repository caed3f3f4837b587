"""Who is told: the receiver, and the giver where Sở Nội vụ lends for it; at the next sign-in, on the first page, at the roles."""

from __future__ import annotations

import pytest

import models as m
from rules.verbs import Verb
from tests.admin.desk import Desk
from tests.lending.support import Giver, borrower, day, lend, words
from tests.support.world import Province


def sign_in(province: Province, login: str) -> str:
    """Sign in and return the words of the first page, with what is told once."""
    return words(province.client(login).get("/"))


@pytest.fixture
def seen_before(province: Province) -> Province:
    """Everybody concerned was here once: news are what came since."""
    for login in ("officer.x11", "leader.x11", "officer.sa", "leader.sa"):
        province.client(login)
    return province


def test_the_receiver_is_told_at_the_next_sign_in_and_once(seen_before: Province) -> None:
    leader = Giver(seen_before, "leader.x11")
    key = leader.lends("officer.x11", Verb.SIGN)
    told = "Lãnh đạo Xã Ấp Bắc ủy quyền cho anh/chị từ"
    between = f"{day(seen_before, 0):%d/%m/%Y} đến {day(seen_before, 1):%d/%m/%Y}: Xem phiếu; Ký duyệt"
    assert f"{told} {between}. Hãy chọn vai trò đó" in sign_in(seen_before, "officer.x11")
    leader.post(f"{key.partition(':')[2]}/revoke", reason="Đã về cơ quan")
    page = sign_in(seen_before, "officer.x11")
    assert "Lãnh đạo Xã Ấp Bắc đã thu hồi việc Lãnh đạo Xã Ấp Bắc ủy quyền cho anh/chị" in page
    assert "Lý do: Đã về cơ quan" in page
    assert "đã thu hồi việc" not in sign_in(seen_before, "officer.x11")
    assert "đã thu hồi việc" not in sign_in(seen_before, "leader.x11"), "one's own act is no news"


def test_the_giver_is_told_what_so_noi_vu_lent_for_it(seen_before: Province) -> None:
    desk = Desk.of(seen_before, "admin")
    post = seen_before.id_of(m.Post, account_id=seen_before.id_of(m.Account, username="leader.sa"))
    between = {"valid_from": day(seen_before, 0).isoformat(), "valid_to": day(seen_before, 3).isoformat()}
    desk.saved(f"delegation/new/?post={post}", receiver="officer.sa", **between, reason="Đi học", verbs=["sign"])
    assert "Nguyễn Quản Trị đã ủy quyền của anh/chị cho Cán bộ Sở Tư pháp" in sign_in(seen_before, "leader.sa")
    id_ = seen_before.id_of(m.Delegation)
    desk.post("delegation/action/", action="revoke", rowid=[id_], reason="Hết nhu cầu")
    page = sign_in(seen_before, "leader.sa")
    assert "Nguyễn Quản Trị đã thu hồi việc anh/chị ủy quyền cho Cán bộ Sở Tư pháp" in page
    assert "Lý do: Hết nhu cầu" in page


def test_nobody_hears_of_what_others_lend(seen_before: Province) -> None:
    Giver(seen_before, "leader.x11").lends("officer.x11", Verb.SIGN)
    for login in ("officer.sa", "leader.sa"):
        assert "ủy quyền cho" not in sign_in(seen_before, login)


def test_first_page_and_choice_of_role_say_from_whom_until_when_what(province: Province) -> None:
    key = lend(province, "leader.x11", "officer.x11", Verb.SIGN, until=4)
    client = province.client("officer.x11")
    last = f"{day(province, 4):%d/%m/%Y}"
    assert f"đến {last}: Xem phiếu; Ký duyệt" in words(client.get("/"))
    page = words(client.get("/authority"))
    assert "thay mặt Lãnh đạo Xã Ấp Bắc" in page
    assert f"{last}: Xem phiếu; Ký duyệt" in page
    acting = borrower(province, "officer.x11", key)
    assert "ủy quyền cho anh/chị từ" not in words(acting.get("/")), "the ribbon says it"

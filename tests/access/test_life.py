"""The life of an account: renamed, suspended, resumed, ended, extended, every act with its reason, at once in running sessions."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from tests.access.steps import Office, day, kept, told
from tests.admin.desk import Desk, form_of, statements
from tests.auth.support import Person, set_rules
from tests.support.database import Database
from tests.support.world import PASSWORD, Province

ACTS: dict[str, dict[str, str]] = {
    "rename": {"username": "ten.moi"},
    "reissue": {},
    "suspend": {},
    "days": {"valid_to": "2090-12-31"},
    "restrict": {"read_only": "y"},
    "post": {"unit": "SB", "function": "officer"},
    "end": {},
    "unlock": {},
}


@pytest.fixture
def office(province: Province) -> Office:
    return Office.of(province)


def _everything(province: Province) -> list[str]:
    with province.system():
        models = (m.Account, m.Post, m.Restriction)
        return [
            repr(row)
            for model in models
            for row in db.session.execute(select(*model.__table__.columns).order_by(model.id)).all()
        ]


@pytest.mark.parametrize("do", ACTS)
def test_without_a_reason_nothing_is_done_and_what_was_typed_stays(province: Province, office: Office, do: str) -> None:
    Person(province, "officer.sa").enters()
    before = _everything(province)
    for reason in ("", "  "):
        answer = office.desk.post(office.path("officer.sa"), do=do, reason=reason, **ACTS[do])
        page = answer.get_data(as_text=True)
        assert answer.status_code == 422
        assert f'href="#{do}-reason"' in page
        assert re.search(rf'id="{do}-reason-error"', page)
        for typed in set(ACTS[do].values()) - {"y"}:
            assert typed in page
    assert _everything(province) == before
    assert Person(province, "officer.sa", "10.0.0.9").gets_in(PASSWORD)


def test_the_reason_has_a_length_of_its_own(office: Office) -> None:
    assert "500" in office.fails("officer.sa", "suspend", "x" * 501)


def test_a_suspended_account_is_out_on_the_next_request_and_comes_back(province: Province, office: Office) -> None:
    person = Person(province, "officer.x11").enters()
    form = province.form_id("X11")
    csrf = person.token()
    office.does("officer.x11", "suspend", "Bị tạm đình chỉ công tác")
    answer = person.client.post(f"/assessments/{form}/scores", data={"csrf_token": csrf, "1.4:count": "1"})
    assert answer.location.startswith("/login")
    assert not person.inside
    assert not Person(province, "officer.x11").gets_in()
    assert "đang tạm ngừng" in office.page("officer.x11")
    office.does("officer.x11", "resume", "Hết thời gian đình chỉ")
    assert not person.inside, "the old session stays ended"
    back = Person(province, "officer.x11").enters()
    news = back.get("/").get_data(as_text=True)
    assert "Nguyễn Quản Trị đã tạm ngừng tài khoản" in news
    assert "Nguyễn Quản Trị đã cho tài khoản của anh/chị đăng nhập trở lại" in news
    assert [(one[1], one[2]) for one in told(province, "Account") if "active" in one[3]] == [
        ("Nguyễn Quản Trị", "Bị tạm đình chỉ công tác"),
        ("Nguyễn Quản Trị", "Hết thời gian đình chỉ"),
    ]
    assert "không bị tạm ngừng" in office.fails("officer.x11", "resume")


def test_an_account_ends_with_its_last_day(province: Province, office: Office, monkeypatch: Any) -> None:
    set_rules(province, monkeypatch, idle_minutes=10**5, admin_idle_minutes=10**5, hours=10**4)
    person = Person(province, "officer.x11").enters()
    today, yesterday = day(province), day(province, -1)
    assert "từ hôm nay trở đi" in office.fails("officer.x11", "days", valid_to=yesterday)
    office.does("officer.x11", "days", "Nghỉ hưu", valid_to=today)
    assert person.inside, "the last day is included"
    province.move_clock(days=1)
    assert not person.inside
    office.does("officer.x11", "days", "Kéo dài thời gian công tác", valid_to="")
    assert person.inside
    assert kept(province, "officer.x11").valid_to is None
    assert [one[2] for one in told(province, "Account") if "valid_to" in one[3]] == [
        "Nghỉ hưu",
        "Kéo dài thời gian công tác",
    ]


def test_a_renamed_login_goes_on_under_its_new_name(province: Province, office: Office) -> None:
    person = Person(province, "officer.x11").enters()
    for wrong, why in (("Cán bộ", "chữ thường"), ("officer.sa", "đã có người dùng"), ("officer.x11", "đang là")):
        assert why in office.fails("officer.x11", "rename", username=wrong)
    office.does("officer.x11", "rename", "Trùng tên gọi", username="Can.Bo.X11")
    assert person.inside
    assert not Person(province, "officer.x11").gets_in()
    again = Person(province, "can.bo.x11").enters()
    assert "Nguyễn Quản Trị đã đổi tên đăng nhập" in again.get("/").get_data(as_text=True)
    renamed = [one[2:] for one in told(province, "Account") if one[0] == "update"]
    assert renamed == [("Trùng tên gọi", {"username": ["officer.x11", "can.bo.x11"]})]


def test_access_is_extended_by_a_further_post(province: Province, office: Office) -> None:
    """The person finds it among its roles on the next request; it ends with its last day."""
    person = Person(province, "officer.x11").enters()
    last = day(province, 3)
    office.does("officer.x11", "post", "Biệt phái", unit="X12", function="officer", valid_to=last)
    assert "Xã Đức Hòa" in person.get("/authority").get_data(as_text=True)
    assert "đã thêm chức danh" in Person(province, "officer.x11").enters().get("/").get_data(as_text=True)
    page = office.page("officer.x11")
    assert "Mở rộng quyền là thêm một chức danh" in page
    assert "Xã Đức Hòa" in page
    assert "đang giữ chức danh này" in office.fails("officer.x11", "post", unit="X12", function="officer")
    assert office.fails("officer.x11", "post", unit="X12", function="chair")
    assert office.fails("officer.x11", "post", unit="Nơi khác", function="officer")
    assert told(province, "Post")[-1][:3] == ("create", "Nguyễn Quản Trị", "Biệt phái")
    with province.system():
        post = db.session.scalars(select(m.Post).where(m.Post.valid_to == last)).one()
        id_ = post.id
    # The generated screen changes and deletes it with a reason only.
    edit = f"post/edit/?id={id_}"
    shown = form_of(office.desk.get(edit)).to_dict()
    assert office.desk.refused(edit, **{**shown, "valid_to": day(province)})
    office.desk.saved(edit, **{**shown, "valid_to": day(province), "reason": "Kết thúc sớm"})
    assert office.desk.post("post/delete/", id=id_).status_code == 200, "asks first"
    assert office.desk.post("post/delete/", id=id_, confirmed="yes", reason=" ").status_code == 422
    office.desk.saved("post/delete/", id=id_, confirmed="yes", reason="Ghi nhầm")
    assert [one[::2][:2] for one in told(province, "Post")[-3:]] == [
        ("create", "Biệt phái"),
        ("update", "Kết thúc sớm"),
        ("delete", "Ghi nhầm"),
    ]
    assert "Xã Đức Hòa" not in person.get("/authority").get_data(as_text=True)
    news = Person(province, "officer.x11").enters().get("/").get_data(as_text=True)
    assert "đã thay đổi hoặc kết thúc một chức danh" in news
    others = Person(province, "officer.x12").enters()
    others = Person(province, "officer.x12").enters()
    assert "chức danh" not in others.get("/").get_data(as_text=True), "told to nobody else"


def test_a_reissued_password_is_shown_once_with_its_reason(province: Province, office: Office) -> None:
    answer = office.desk.post(office.path("officer.x11"), do="reissue", reason="Quên mật khẩu")
    found = re.search(r"<code>([a-z0-9-]+)</code>", answer.get_data(as_text=True))
    assert found is not None
    assert found[1] not in office.page("officer.x11")
    assert told(province, "Account")[-1][2] == "Quên mật khẩu"
    assert not Person(province, "officer.x11").gets_in()
    assert Person(province, "officer.x11", "10.0.0.3").gets_in(found[1])


# Nobody the own, somebody stays


def test_nobody_takes_from_the_own_account(province: Province, office: Office) -> None:
    for do, more in (
        ("suspend", {}),
        ("days", {"valid_to": "2090-01-01"}),
        ("restrict", {"read_only": "y"}),
    ):
        assert "của chính mình" in office.fails("admin", do, **more)
    own = province.id_of(m.Post, account_id=province.id_of(m.Account, username="admin"))
    edit = f"post/edit/?id={own}"
    shown = form_of(office.desk.get(edit)).to_dict()
    assert "của chính mình" in office.desk.refused(edit, **{**shown, "function": "officer", "reason": "vì"})
    office.desk.post("post/delete/", id=own, confirmed="yes", reason="vì")
    assert office.desk.status("account/") == 200
    assert "Không ai tự tạm ngừng" in office.page("admin")


def _second(province: Province) -> None:
    """Somebody to whom the administrator's post is lent."""
    desk = Desk.of(province, "admin")
    post = province.id_of(m.Post, account_id=province.id_of(m.Account, username="admin"))
    today = day(province)
    desk.saved(
        f"delegation/new/?post={post}",
        receiver="officer.sb",
        verbs=["manage_accounts"],
        valid_from=today,
        valid_to=today + timedelta(days=9),
        reason="Đi công tác",
    )


@pytest.mark.parametrize(
    ("do", "more"), [("suspend", {}), ("restrict", {"read_only": "y"}), ("days", {"valid_to": "2090-01-01"})]
)
def test_the_last_administrator_stays(province: Province, do: str, more: dict[str, str]) -> None:
    """Who acts by delegation is no administrator of its own: the giver stays."""
    _second(province)
    office = Office.of(province, "officer.sb")
    lent = province.id_of(m.Delegation, reason="Đi công tác")
    office.desk.works_as(f"delegation:{lent}")
    assert "không còn ai quản trị" in office.fails("admin", do, **more)
    post = province.id_of(m.Post, account_id=province.id_of(m.Account, username="admin"))
    shown = form_of(office.desk.get(f"post/edit/?id={post}")).to_dict()
    wrong = {**shown, "function": "observer", "reason": "vì"}
    assert "không còn ai quản trị" in office.desk.refused(f"post/edit/?id={post}", **wrong)
    Office.of(province).does("officer.sa", "post", unit="P", function="manager")
    office.does("admin", do, **more)


# The page


def test_the_page_tells_what_the_person_holds(province: Province, office: Office) -> None:
    Person(province, "helper1.p").enters()
    page = office.page("helper1.p")
    for words in ("Tổ viên Một", "Hội đồng tỉnh", "Năm 2024", "1 (mọi đơn vị)", "Phân công thêm", "Phiên làm việc"):
        assert words in page, words
    seat = province.id_of(m.Seat, account_id=province.id_of(m.Account, username="helper1.p"))
    link = re.search(rf'href="(/admin/council/seat/\?id=\d+&amp;seat={seat})"', page)
    assert link is not None
    assert office.desk.status(link[1].removeprefix("/admin/").replace("&amp;", "&")) == 200


def test_the_page_costs_the_same_however_much_stands_on_it(
    province: Province, office: Office, database: Database
) -> None:
    path = office.path("officer.x11")
    office.desk.get(path)
    with statements(database.engine) as few:
        office.desk.get(path)
    for unit in ("X12", "X21", "SA", "SB"):
        office.does("officer.x11", "post", unit=unit, function="officer")
        office.does("officer.x11", "restrict", **{"units-0-unit": unit})
    with statements(database.engine) as many:
        office.desk.get(path)
    assert len(many) == len(few)
    assert len(many) <= 26


def test_what_is_not_there_is_not_there(province: Province, office: Office) -> None:
    path = office.path("officer.x11")
    for wrong in (
        {"do": "fly"},
        {"do": "lift"},
        {"do": "lift", "restriction": "7"},
        {"do": "lift", "restriction": "x"},
    ):
        assert office.desk.post(path, reason="vì", **wrong).status_code == 404, wrong
    assert office.desk.status("account/access/?id=999999") == 404
    assert office.desk.status("account/details/?id=1") == 404

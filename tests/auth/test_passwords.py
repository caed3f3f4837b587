"""Passwords: what is taken, how it is kept, how it is issued, changed and aged."""

from __future__ import annotations

import unicodedata
from typing import Any

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

import models as m
from extensions import db
from services.account import hash_password
from services.account.password_rules import Owner, fault
from tests.auth.support import NEW, PASSWORD, REFUSED, Person, account, change, issue, now, set_rules
from tests.support.world import Province

OWNER = Owner("can.bo.x11", "Trần Thị Bích", ("X11", "Xã Ấp Bắc", "SNV", "Sở Nội vụ", "Phường Định Quán"))


@pytest.mark.parametrize(
    "new",
    [
        "Trời mưa rả rích suốt đêm qua 🌧",
        "bảy con cò bay qua đồng lúa " * 9,
        "пароль с пробелами и без цифр",
        "đ" * 3 + "Ký tự có dấu và khoảng trắng   " * 7,
    ],
)
def test_long_passwords_of_any_signs_are_taken(province: Province, new: str) -> None:
    """AU-04: 64 characters and more, any Unicode and spaces."""
    person = Person(province, "officer.x11").enters()
    answer = person.changes(new)
    assert answer.status_code == 302, answer.get_data(as_text=True)
    assert Person(province, "officer.x11").gets_in(new)
    assert not Person(province, "officer.x11").gets_in(new[:-1])


def test_a_password_is_the_same_however_it_is_composed(province: Province) -> None:
    """AU-04: NFC; set decomposed, typed composed, and the other way round."""
    words = "Trời mưa rả rích suốt đêm"
    composed, apart = (unicodedata.normalize(form, words) for form in ("NFC", "NFD"))
    assert composed != apart
    assert Person(province, "officer.x11").enters().changes(apart).status_code == 302
    assert Person(province, "officer.x11").gets_in(composed)
    assert Person(province, "officer.x11").gets_in(apart)


def test_nothing_is_cut_off(province: Province) -> None:
    """AU-04: byte 73 counts; beyond 256 characters is refused, at the change and at the door."""
    base = "Con đường làng quanh co 7 " * 9
    longest = base[:256]
    assert len(longest.strip()) < 257
    person = Person(province, "officer.x11").enters()
    assert person.changes(base[:200] + "x" * 57).status_code == 422
    assert person.changes(longest).status_code == 302
    assert not Person(province, "officer.x11").gets_in(longest[:72] + "#" + longest[73:])
    beyond = Person(province, "officer.x11", "10.0.0.2").tries(longest + "x")
    assert beyond.status_code == 422
    assert REFUSED in beyond.get_data(as_text=True)


@pytest.mark.parametrize(
    ("length", "has_factor", "taken"), [(13, False, False), (14, False, True), (8, True, True), (7, True, False)]
)
def test_the_least_length_is_14_and_8_with_a_second_factor_where_set(
    province: Province, monkeypatch: Any, length: int, has_factor: bool, taken: bool
) -> None:
    """AU-04."""
    set_rules(province, monkeypatch, password_length_totp=8)
    with province.app.app_context():
        found = fault("ngôi nhà sàn bên kia suối"[:length], Owner("a", "B", (), has_factor=has_factor))
    assert (found is None) is taken


LISTED = (
    *(
        "matkhau123456789",
        "Mật khẩu 2024 2024",
        "M@tkh4u!!1234567",
        "password12345678",
        "P@ssw0rd12345678",
        "Passw0rd!Passw0rd!",
    ),
    *(
        "12345678901234567",
        "qwertyuiop123456",
        "qwerty!@#$%^&*()",
        "asdfghjkl1234567",
        "zxcvbnm,./123456",
        "1q2w3e4r5t6y7u8i",
    ),
    *(
        "abcdefghijklmnop",
        "ABCDEFGHIJKLMN12",
        "aaaaaaaaaaaaaaaa",
        "abababababababab",
        "11111111111111",
        "letmein123456789",
    ),
    *(
        "administrator2024",
        "admin@1234567890",
        "Quản trị viên 2024",
        "quantri@20242024",
        "welcome123456789",
        "iloveyou12345678",
    ),
    *(
        "anhyeuem123456789",
        "Anh yêu em 010190",
        "hanhphuc20242024",
        "vietnamvodich123",
        "hanoi1234567890123",
        "saigon19751975!!",
    ),
    *(
        "Tỉnh Vĩnh Long 2024",
        "vinhlong@123456",
        "vinhlong20242025",
        "VinhLong#VinhLong",
        "cchc-vinhlong-2024",
        "caicachhanhchinh1",
    ),
    *(
        "CCHC@20242024cchc",
        "PARINDEX-2024-2025",
        "parindex12345678",
        "par index 2024 !!",
        "Chỉ số cải cách 24",
        "ubnd@ubnd@ubnd@1",
    ),
    *(
        "Sở Nội vụ 2024!!",
        "sonoivu123456789",
        "noivu@2024@noivu",
        "Xã Ấp Bắc 20242024",
        "xaapbac123456789",
        "X11X11X11X11X11",
    ),
    *(
        "Phường Định Quán 1",
        "dinhquan20242024",
        "Trần Thị Bích 1990",
        "tranthibich123456",
        "bichbichbich1990",
        "can.bo.x11 rất dài",
    ),
    *("superman12345678", "Nguyễn Văn 123456"),
)


def test_words_that_are_tried_first_are_refused_with_a_reason(province: Province) -> None:
    """AU-05: fifty candidates: common ones, and those of province, unit, product, person and years."""
    assert len(LISTED) >= 50
    with province.app.app_context():
        refused = {words: fault(words, OWNER) for words in LISTED}
        taken = [words for words, why in refused.items() if why is None]
        assert taken == []
        assert len({str(why.id) for why in refused.values() if why is not None}) >= 6, "each kind says its own reason"
        for own in ("con mèo nằm trên mái ngói", "mot mat khau rat dai", "Mưa rào đầu hạ ở quê ngoại 1990"):
            assert fault(own, OWNER) is None, own


def test_the_reason_stands_at_the_field(province: Province) -> None:
    """AU-05: on the page, in the words of the reader."""
    person = Person(province, "officer.x11").enters()
    for new, words in (
        ("Phường Định Quán 2024", "tên hoặc mã đơn vị"),
        ("PARINDEX 2024 2024", "phần mềm"),
        ("officer.x11 và nhiều nữa", "tên đăng nhập"),
    ):
        answer = person.changes(new)
        assert answer.status_code == 422
        assert words in answer.get_data(as_text=True), new


def test_composition_is_a_setting(province: Province, monkeypatch: Any) -> None:
    """AU-06: off, a sentence is enough; on, four kinds of signs are asked for."""
    with province.app.app_context():
        assert fault("con mèo nằm trên mái ngói", OWNER) is None
        set_rules(province, monkeypatch, password_composition=True)
        assert fault("con mèo nằm trên mái ngói", OWNER) is not None
        assert fault("Con mèo nằm trên 3 mái ngói!", OWNER) is None


def test_a_password_ages_by_the_database_clock(province: Province, monkeypatch: Any) -> None:
    """AU-06: past its greatest age only the page for changing it opens, in running sessions too."""
    change(province, "officer.x11", password_set_at=now(province))
    set_rules(province, monkeypatch, password_max_days=90, idle_minutes=10**6, hours=10**5)
    person = Person(province, "officer.x11").enters()
    province.move_clock(days=89)
    assert person.inside
    province.move_clock(days=91)
    assert person.get("/").location == "/password"
    assert person.changes(NEW).status_code == 302
    assert person.inside


@pytest.mark.parametrize(("login", "remembered"), [("officer.x11", 3), ("admin", 10)])
def test_former_passwords_are_not_taken_again(
    province: Province, monkeypatch: Any, login: str, remembered: int
) -> None:
    """AU-06: as many as the setting says; of administrators ten."""
    set_rules(province, monkeypatch, password_history=3)
    person = Person(province, login).enters()
    words = [f"câu thứ {'i' * n} của riêng tôi, khá là dài" for n in range(1, remembered + 1)]
    old = PASSWORD
    for new in words:
        assert person.changes(new, old).status_code == 302, new
        old = new
    assert person.changes(old, old).status_code == 422, "the present one"
    assert person.changes(words[0], old).status_code == 422, "the oldest that still counts"
    assert person.changes(PASSWORD, old).status_code == 302, "the one before that is free again"


def test_without_the_setting_no_former_password_is_kept(province: Province) -> None:
    """AU-06: what is not needed is not stored."""
    Person(province, "officer.x11").enters().changes(NEW)
    with province.system():
        assert db.session.scalars(select(m.PreviousPassword)).all() == []


def test_changing_asks_for_the_old_one_and_ends_other_sessions(province: Province) -> None:
    """AU-07: two browsers; the one that changes goes on, the other gets the login."""
    here, there = (Person(province, "officer.x11").enters() for _ in range(2))
    for wrong in ("", "sai hoàn toàn rồi đó"):
        assert here.changes(NEW, wrong).status_code == 422
    assert there.inside
    assert here.changes(NEW).status_code == 302
    assert here.inside
    assert there.get("/").location.startswith("/login")
    assert not Person(province, "officer.x11").gets_in(PASSWORD)


def test_the_old_password_is_not_guessed_in_a_running_session(province: Province) -> None:
    """AU-07, AU-09: who found a browser open guesses no further than at the door."""
    person = Person(province, "officer.x11").enters()
    for n in range(5):
        assert person.changes(NEW, f"đoán lần thứ {n}").status_code == 422
    assert person.changes(NEW, PASSWORD).status_code == 422
    province.move_clock(minutes=5)
    assert person.changes(NEW, PASSWORD).status_code == 302


def test_the_same_password_is_kept_as_two_different_texts(province: Province) -> None:
    """AU-08: argon2id with a salt of its own; no plain text in the table."""
    one, other = hash_password(PASSWORD), hash_password(PASSWORD)
    assert one != other
    assert one.startswith("$argon2id$")
    stored = account(province, "officer.x11").password_hash
    assert PASSWORD not in stored


def test_a_hash_of_former_parameters_is_renewed_at_the_next_sign_in(province: Province) -> None:
    """AU-08: parameters may be raised; nobody has to choose a new password for it."""
    weak = PasswordHasher(time_cost=1, memory_cost=8 * 1024, parallelism=1).hash(PASSWORD)
    change(province, "officer.x11", password_hash=weak)
    assert Person(province, "officer.x11").gets_in()
    renewed = account(province, "officer.x11").password_hash
    assert renewed != weak
    assert "m=19456,t=2" in renewed
    assert Person(province, "officer.x11").gets_in()


# Issued


def test_an_issued_password_opens_the_change_alone_and_once(province: Province) -> None:
    """AU-03: every other GET and POST leads to the change; a second sign-in is refused; after the change it is dead."""
    secret = issue(province, "officer.x11")
    person = Person(province, "officer.x11").enters(secret)
    form = province.form_id("X11")
    for path in ("/", f"/assessments/{form}", "/results/", "/account/", "/account/factor", "/authority", "/admin/"):
        assert person.get(path).location == "/password", path
    assert person.post(f"/assessments/{form}/scores", {"1.4:count": "1"}).location == "/password"
    assert not Person(province, "officer.x11", "10.0.0.9").gets_in(secret), "spent"
    assert person.changes(NEW, secret).status_code == 302
    assert person.inside
    assert not Person(province, "officer.x11", "10.0.0.9").gets_in(secret)
    assert Person(province, "officer.x11").gets_in(NEW)


def test_an_issued_password_expires_by_the_database_clock(province: Province, monkeypatch: Any) -> None:
    """AU-03: after the stated time; until then it is good."""
    set_rules(province, monkeypatch, issued_hours=24)
    secret = issue(province, "officer.x11")
    province.move_clock(hours=24, seconds=5)
    assert not Person(province, "officer.x11").gets_in(secret)
    province.move_clock(hours=23)
    assert Person(province, "officer.x11").gets_in(secret)


def test_an_issued_password_is_not_kept_as_ones_own(province: Province) -> None:
    """AU-03: the change refuses the same again."""
    secret = issue(province, "officer.x11")
    assert Person(province, "officer.x11").enters(secret).changes(secret, secret).status_code == 422


def test_issued_passwords_are_random(province: Province) -> None:
    """AU-03."""
    assert len({issue(province, "officer.x11") for _ in range(5)}) == 5


def test_a_reissue_ends_sessions_and_the_person_is_told(province: Province) -> None:
    """AU-16: the administrator sets no lasting password; the person learns who did it, and when."""
    person = Person(province, "officer.x11").enters()
    province.move_clock(minutes=2)
    secret = issue(province, "officer.x11")
    assert not person.inside
    assert account(province, "officer.x11").must_change_password
    again = Person(province, "officer.x11").enters(secret)
    page = again.get("/password").get_data(as_text=True)
    assert "Nguyễn Quản Trị đã cấp mật khẩu mới cho tài khoản này lúc" in page
    assert secret not in page
    with province.system():
        told = db.session.execute(select(m.AuditEntry.changes, m.AuditEntry.reason)).all()
    assert secret not in str(told)

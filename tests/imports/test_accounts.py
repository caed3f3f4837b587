"""Import of accounts: posts by row, one-time passwords that are written once, to their owner alone."""

from __future__ import annotations

import csv
import io
import stat
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from permissions.actor import system_scope
from services.account import matches
from tests.staff.steps import decide, reported, today
from tests.support.imports import as_csv, as_xlsx, places, refused, take
from tests.support.world import Province

HEADER = "username,full_name,email,unit_code,function,valid_from,valid_to"
AN = ("an", "Nguyễn Văn An", "an@tinh.gov.vn", "SA", "officer", "2024-01-01", "")


def posts(login: str) -> list[tuple[str, str, date, date | None]]:
    with system_scope("test"):
        rows = db.session.execute(
            select(m.Unit.code, m.Post.function, m.Post.valid_from, m.Post.valid_to)
            .join(m.Unit, m.Unit.id == m.Post.unit_id)
            .join(m.Account, m.Account.id == m.Post.account_id)
            .where(m.Account.username == login)
            .order_by(m.Post.id)
        )
        return [(code, function.value, since, until) for code, function, since, until in rows]


@pytest.fixture
def context(province: Province):
    with province.app.app_context():
        yield


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([("", "A", "", "SA", "officer", "", "")], [(2, "username")]),
        ([("tên", "A", "", "SA", "officer", "", "")], [(2, "username")]),
        ([("a", "", "", "SA", "officer", "", "")], [(2, "full_name")]),
        ([("a", "A", "không", "SA", "officer", "", "")], [(2, "email")]),
        ([("a", "A", "", "ZZ", "officer", "", "")], [(2, "unit_code")]),
        ([("a", "A", "", "SA", "helper", "", "")], [(2, "function")]),
        ([("a", "A", "", "SA", "officer", "2024-13-01", "")], [(2, "valid_from")]),
        ([("a", "A", "", "SA", "officer", "2024-02-01", "2024-01-01")], [(2, "valid_to")]),
        ([AN, AN], [(3, "username")]),
        ([AN, ("an", "Trần Văn An", "", "SB", "officer", "", "")], [(3, "full_name")]),
        ([AN, ("AN", "Nguyễn Văn An", "khac@tinh.gov.vn", "SB", "officer", "", "")], [(3, "email")]),
    ],
)
def test_a_fault_has_its_row_and_column_and_nothing_is_taken(context, rows, expected) -> None:
    sound = ("binh", "Lê Thị Bình", "", "SB", "leader", "", "")
    assert places(refused("accounts", as_csv(HEADER, *rows, sound))) == expected
    assert places(refused("accounts", as_xlsx(HEADER, *rows, sound))) == expected
    with system_scope("test"):
        known = db.session.scalars(select(m.Account.username).where(m.Account.username.in_(("a", "an", "binh"))))
        assert known.all() == []


def test_rows_of_one_login_are_posts_of_one_person_kept_by_the_first_unit(context) -> None:
    second = ("An", "Nguyễn Văn An", "", "P", "manager", "01/03/2024", "31/12/2030")
    report = take("accounts", as_csv(HEADER, AN, second))
    assert report.added == 2
    assert posts("an") == [
        ("SA", "officer", date(2024, 1, 1), None),
        ("P", "manager", date(2024, 3, 1), date(2030, 12, 31)),
    ]
    with system_scope("test"):
        account = db.session.scalars(select(m.Account).where(m.Account.username == "an")).one()
        assert (account.unit.code, account.must_change_password, account.email) == ("SA", True, "an@tinh.gov.vn")


def test_known_accounts_are_updated_and_keep_their_password(context) -> None:
    take("accounts", as_csv(HEADER, AN))
    with system_scope("test"):
        before = db.session.scalar(select(m.Account.password_hash).where(m.Account.username == "an"))
    renamed = ("an", "Nguyễn Văn Ân", "", "SA", "officer", "2024-01-01", "2025-06-30")
    report = take("accounts", as_csv(HEADER, renamed))
    assert (report.added, report.updated) == (0, 1)
    assert posts("an") == [("SA", "officer", date(2024, 1, 1), date(2025, 6, 30))]
    with system_scope("test"):
        account = db.session.scalars(select(m.Account).where(m.Account.username == "an")).one()
        assert (account.full_name, account.password_hash) == ("Nguyễn Văn Ân", before)
    assert take("accounts", as_csv(HEADER, renamed)).unchanged == 1


def test_a_post_without_dates_is_the_one_that_is_there(context) -> None:
    header, row = "username,full_name,unit_code,function", ("an", "Nguyễn Văn An", "SA", "officer")
    take("accounts", as_csv(header, row))
    first = posts("an")
    assert take("accounts", as_csv(header, row)).unchanged == 1
    assert posts("an") == first


def test_one_time_passwords_work_and_are_written_to_their_owner_alone(province: Province, tmp_path: Path) -> None:
    file, passwords = tmp_path / "accounts.csv", tmp_path / "passwords.csv"
    file.write_bytes(as_csv(HEADER, AN, ("binh", "Lê Thị Bình", "", "SB", "leader", "", "")))
    command = ["import", "accounts", str(file), "--passwords", str(passwords)]
    dry = province.app.test_cli_runner().invoke(args=[*command, "--dry-run"])
    assert dry.exit_code == 0
    assert not passwords.exists()
    done = province.app.test_cli_runner().invoke(args=command)
    assert done.exit_code == 0, done.output
    assert stat.S_IMODE(passwords.stat().st_mode) == 0o600
    issued = {
        row["username"]: row["password"]
        for row in csv.DictReader(io.StringIO(passwords.read_text(encoding="utf-8-sig")))
    }
    assert set(issued) == {"an", "binh"}
    assert len(set(issued.values())) == 2
    with province.app.app_context(), system_scope("test"):
        for account in db.session.scalars(select(m.Account).where(m.Account.username.in_(issued))):
            assert matches(account, issued[account.username])
            assert account.must_change_password
    assert not any(password in done.output for password in issued.values())


def test_a_password_file_that_is_there_is_never_overwritten(province: Province, tmp_path: Path) -> None:
    file, passwords = tmp_path / "accounts.csv", tmp_path / "passwords.csv"
    file.write_bytes(as_csv(HEADER, AN))
    passwords.write_text("mine")
    result = province.app.test_cli_runner().invoke(
        args=["import", "accounts", str(file), "--passwords", str(passwords)]
    )
    assert result.exit_code == 1
    assert passwords.read_text() == "mine"
    with province.app.app_context():
        assert posts("an") == []


def test_without_an_option_the_passwords_lie_in_the_data_folder(province: Province, tmp_path: Path) -> None:
    folder = Path(province.app.config["PARINDEX"].data_dir)
    before = set(folder.glob("passwords-*.csv"))
    file = tmp_path / "accounts.csv"
    file.write_bytes(as_csv(HEADER, AN))
    assert province.app.test_cli_runner().invoke(args=["import", "accounts", str(file)]).exit_code == 0
    (new,) = set(folder.glob("passwords-*.csv")) - before
    assert stat.S_IMODE(new.stat().st_mode) == 0o600
    new.unlink()


# Days of the login itself

DAYS = f"{HEADER},account_valid_from,account_valid_to"


def _days(login: str) -> tuple[date | None, date | None]:
    with system_scope("test"):
        account = db.session.scalars(select(m.Account).where(m.Account.username == login)).one()
        return account.valid_from, account.valid_to


def test_a_login_gets_its_own_days_and_keeps_them_where_the_file_has_no_such_column(context) -> None:
    take("accounts", as_csv(DAYS, (*AN, "2024-01-01", "2090-12-31")))
    assert _days("an") == (date(2024, 1, 1), date(2090, 12, 31))
    take("accounts", as_csv(HEADER, AN))
    assert _days("an") == (date(2024, 1, 1), date(2090, 12, 31)), "an old file changes no days"
    take("accounts", as_xlsx(DAYS, (*AN, "", "31/12/2091")))
    assert _days("an") == (date(2024, 1, 1), date(2091, 12, 31)), "nor does a blank cell"
    take("accounts", as_csv(f"{HEADER},account_valid_from", (*AN, "2024-02-01")))
    assert _days("an") == (date(2024, 2, 1), date(2091, 12, 31))


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([(*AN, "2024-13-01", "")], [(2, "account_valid_from")]),
        ([(*AN, "2024-02-01", "2024-01-01")], [(2, "account_valid_to")]),
        (
            [(*AN, "", "2090-01-01"), ("an", "Nguyễn Văn An", "", "SB", "officer", "", "", "", "")],
            [(3, "account_valid_to")],
        ),
        (
            [("officer.sa", "Cán bộ Sở Tư pháp", "", "SA", "officer", "", "", "", "2020-01-01")],
            [(2, "account_valid_to")],
        ),
        ([("admin", "Nguyễn Quản Trị", "", "P", "manager", "", "", "", "2090-01-01")], [(2, "account_valid_to")]),
        ([("admin", "Nguyễn Quản Trị", "", "P", "manager", "", "", "2090-01-01", "")], [(2, "account_valid_to")]),
        ([("admin", "Nguyễn Quản Trị", "", "P", "manager", "", "2090-12-31", "", "")], [(2, "valid_to")]),
        ([("officer.sa", "Cán bộ Sở Tư pháp", "", "SA", "officer", "", "2020-12-31", "", "")], [(2, "valid_to")]),
    ],
    ids=[
        "no day",
        "end before beginning",
        "two ends",
        "over",
        "last administrator ends",
        "begins later",
        "post ends",
        "post ends before it begins",
    ],
)
def test_faulty_days_have_their_row_and_column_and_nothing_is_taken(context, rows, expected) -> None:
    sound = ("binh", "Lê Thị Bình", "", "SB", "leader", "", "", "", "")
    assert places(refused("accounts", as_csv(DAYS, *rows, sound))) == expected
    assert places(refused("accounts", as_xlsx(DAYS, *rows, sound))) == expected
    with system_scope("test"):
        known = db.session.scalars(select(m.Account.username).where(m.Account.username.in_(("an", "binh"))))
        assert known.all() == []
    assert _days("admin") == (None, None)


# Files that are older than what was decided since

SHORT = "username,full_name,unit_code,function"
OLD = ("officer.x11", "Cán bộ Xã Ấp Bắc", "X11", "officer")


def _decided(province: Province, move: str, days: int = 0, **how: str) -> None:
    told = {"destination": "X12"} if move == "moved" else {}
    (row,) = reported(province, {"login": "officer.x11", "move": move, "day": today(province, days), **told})
    assert decide(province.client("admin"), row, **how).status_code == 200


def _home() -> str:
    with system_scope("test"):
        return db.session.scalars(
            select(m.Unit.code)
            .join(m.Account, m.Account.unit_id == m.Unit.id)
            .where(m.Account.username == "officer.x11")
        ).one()


@pytest.mark.parametrize(
    ("header", "more", "column"),
    [
        (SHORT, (), "unit_code"),
        (f"{SHORT},valid_to", ("",), "valid_to"),
        (f"{SHORT},valid_to", ("2090-12-31",), "valid_to"),
    ],
)
def test_a_file_made_before_a_move_opens_no_post_again(province: Province, header, more, column) -> None:
    _decided(province, "moved", to_unit="X12", function="officer")
    with province.app.app_context():
        before = posts("officer.x11")
        assert places(refused("accounts", as_csv(header, (*OLD, *more)))) == [(2, column)]
        assert (posts("officer.x11"), _home()) == (before, "X12")
        # Who names both days means it.
        first = before[0][2].isoformat()
        take("accounts", as_csv(f"{SHORT},valid_from,valid_to", (*OLD, first, "2090-12-31")))
        assert posts("officer.x11")[0][3] == date(2090, 12, 31)


def test_a_file_made_before_a_move_to_come_leaves_its_day_and_unit(province: Province) -> None:
    _decided(province, "moved", 5, to_unit="X12", function="officer")
    with province.app.app_context():
        before = posts("officer.x11")
        assert take("accounts", as_csv(f"{SHORT},valid_to", (*OLD, ""))).unchanged == 1
        assert (posts("officer.x11"), _home()) == (before, "X12")


def test_the_unit_of_a_known_account_follows_a_post_held_today(context) -> None:
    coming = ("officer.x11", "Cán bộ Xã Ấp Bắc", "X12", "officer", "2090-01-01")
    take("accounts", as_csv(f"{SHORT},valid_from", coming))
    assert _home() == "X11"
    take("accounts", as_csv(f"{SHORT},valid_from", (*coming[:4], "2024-01-01")))
    assert _home() == "X12"


def test_blank_cells_leave_a_retired_account_ended(province: Province) -> None:
    _decided(province, "retired")
    with province.app.app_context():
        last = _days("officer.x11")[1]
        assert last is not None
        day = posts("officer.x11")[0]
        row = (*OLD[:2], "", *OLD[2:], day[2].isoformat(), last.isoformat(), "", "")
        assert take("accounts", as_csv(DAYS, row)).unchanged == 1
        assert _days("officer.x11")[1] == last


@pytest.mark.parametrize("year", ["9999", "0001", "1899", "2201"])
def test_a_year_out_of_all_reason_is_a_fault_in_its_place(context, year: str) -> None:
    row = ("admin", "Nguyễn Quản Trị", "P", "manager", f"31/12/{year}")
    assert places(refused("accounts", as_csv(f"{SHORT},valid_to", row))) == [(2, "valid_to")]

"""``flask export results`` writes what the screens show."""

from __future__ import annotations

from pathlib import Path

import openpyxl
import pytest

from rules.vocabulary import Layer
from tests.results.test_results import _screen, _text
from tests.support.results import put, world
from tests.support.world import Province


def _run(province: Province, *args: str) -> tuple[int, str]:
    result = province.app.test_cli_runner().invoke(args=["export", "results", *args])
    return result.exit_code, result.output


def test_a_published_table_as_csv_and_xlsx(done: Province, tmp_path: Path) -> None:
    screen = _screen(_text(done.client("admin"), "/results/?sort=-unit"))
    options = ("--round", "2024", "--group", "commune", "--sort=-unit")
    assert _run(done, str(tmp_path / "a.csv"), *options)[0] == 0
    lines = (tmp_path / "a.csv").read_text("utf-8-sig").splitlines()
    assert lines[0].count("15/QĐ-UBND") == 1
    assert [line.split(",")[1] for line in lines[1:]] == [row[1] for row in screen]
    assert _run(done, str(tmp_path / "a.xlsx"), *options)[0] == 0
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert [row[1].value for row in book.active.iter_rows(min_row=2)] == [row[1] for row in screen]


def test_a_provisional_table(province: Province, tmp_path: Path) -> None:
    with world(province) as building:
        put(building, "X11", Layer.SELF, {"1.1": {"option": "0"}})
    path = tmp_path / "b.csv"
    assert (
        _run(province, str(path), "--round", "2024", "--group", "commune", "--basis", "self", "--search", "ap bac")[0]
        == 0
    )
    lines = path.read_text("utf-8-sig").splitlines()
    assert len(lines) == 3
    assert "Tạm tính" in lines[0]
    assert "10.00" in lines[2]


@pytest.mark.parametrize(
    "args",
    [
        ("x.csv", "--round", "2024", "--group", "nobody"),
        ("x.csv", "--round", "2024", "--group", "commune", "--edition", "9"),
        ("x.pdf", "--round", "2024", "--group", "commune"),
    ],
)
def test_what_does_not_exist_is_said_and_no_file_is_left(done: Province, tmp_path: Path, args: tuple[str, ...]) -> None:
    code, output = _run(done, str(tmp_path / args[0]), *args[1:])
    assert code != 0
    assert "Traceback" not in output
    assert list(tmp_path.iterdir()) == []


def test_an_existing_file_stays(done: Province, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("mine")
    assert _run(done, str(path), "--round", "2024", "--group", "commune")[0] != 0
    assert path.read_text() == "mine"

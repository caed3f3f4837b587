"""CF-05: what curious people and scanners ask for is not there; no debugger, no listing, no file of the source."""

from __future__ import annotations

from pathlib import Path

import pytest

from app import create_app
from config import Config, ConfigError
from tests.headers.test_answers import faults
from tests.support.world import Province

KEY = "Vk3pQ9xT7mZrW2nLh8sYc5uJd4gFb6eA"
NOT_HERE = "Trang không tồn tại hoặc không mở cho anh/chị"
FILES = (Path(__file__).parent / "well_known_paths.txt").read_text(encoding="utf-8").split()
#: What the debugger of Werkzeug answers to.
DEBUGGER = ("?__debugger__=yes&cmd=resource&f=debugger.js", "console?__debugger__=yes&cmd=pinauth&pin=000-000-000&s=x")


def test_two_hundred_well_known_paths_are_not_there(province: Province) -> None:
    """To a stranger and to an administrator: the ordinary page, never a file, a listing or a name of a program."""
    assert len(set(FILES)) >= 200
    nobody, admin = province.app.test_client(), province.client("admin")
    for path in FILES:
        for client in (nobody, admin):
            answer = client.get(f"/{path}", follow_redirects="//" in path)  # doubled slashes are led to single ones
            text = answer.get_data(as_text=True)
            assert answer.status_code == 404, path
            assert NOT_HERE in text, path
            assert faults(answer) == [], path
            assert not any(word in text for word in ("Index of", "root:x:", "Werkzeug", "Traceback", "import ")), path


def test_the_debugger_answers_nobody(province: Province) -> None:
    assert province.app.debug is False
    client = province.app.test_client()
    for path in DEBUGGER:
        answer = client.get(f"/{path}")
        assert answer.status_code in (302, 404)
        assert "EVALEX" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("value", ["1", "true", "on"])
def test_production_does_not_start_with_a_debugger(tmp_path: Path, value: str) -> None:
    given = {"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_SECRET_KEY": KEY, "FLASK_DEBUG": value}
    with pytest.raises(ConfigError, match="FLASK_DEBUG"):
        Config.from_environment({**given, "PARINDEX_HTTPS": "1"})
    assert not Config.from_environment({**given, "PARINDEX_HTTPS": "1", "FLASK_DEBUG": "0"}).testing


def test_no_setting_of_ours_turns_the_debugger_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FLASK_DEBUG", raising=False)
    app = create_app(Config.from_environment({"PARINDEX_DATA_DIR": str(tmp_path), "PARINDEX_DEBUG": "1"}))
    assert app.debug is False

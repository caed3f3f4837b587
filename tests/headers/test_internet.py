"""Settings of the administrator's area, and a second factor asked outside the own networks (AU-11)."""

from __future__ import annotations

from datetime import time
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from config import AdminArea, Config, ConfigError
from tests.auth.support import Person, code, set_rules
from tests.headers.test_area import INSIDE, OFFICE, OUTSIDE
from tests.support.world import PASSWORD, Province

# A second factor from the Internet (AU-11)


def internet(province: Province, monkeypatch: Any) -> None:
    set_rules(province, monkeypatch, totp="internet", internal_networks=OFFICE)


def test_outside_a_second_factor_is_asked_for_inside_not(province: Province, monkeypatch: Any) -> None:
    internet(province, monkeypatch)
    officer = Person(province, "officer.x11", INSIDE).enters()
    assert officer.inside
    officer.address = OUTSIDE
    answer = officer.get("/")
    assert (answer.status_code, answer.headers.get("Location")) == (302, "/account/factor"), (
        "begun inside, used outside"
    )
    assert officer.get("/admin/").headers["Location"] == "/account/factor"
    officer.address = INSIDE
    assert officer.inside
    officer.address = OUTSIDE
    totp, _codes = officer.enrols()
    assert officer.inside
    again = Person(province, "officer.x11", OUTSIDE)
    assert again.tries(PASSWORD).headers["Location"].startswith("/login/code")
    assert not again.inside
    assert again.post("/login/code", {"code": code(province, totp, 1)}).status_code == 302
    assert again.inside


def test_a_forged_inner_address_spares_no_second_factor(province: Province, monkeypatch: Any) -> None:
    internet(province, monkeypatch)
    officer = Person(province, "officer.x11", OUTSIDE).enters()
    for name in ("X-Forwarded-For", "X-Real-IP", "Forwarded"):
        assert officer.get("/", headers={name: INSIDE}).headers["Location"] == "/account/factor"


def test_administrators_need_it_inside_too(province: Province, monkeypatch: Any) -> None:
    internet(province, monkeypatch)
    assert Person(province, "admin", INSIDE).enters().get("/").headers["Location"] == "/account/factor"


# Settings


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(
            ("PARINDEX_ADMIN_NETWORKS", value)
            for value in ("office", "10.1.2.3/16", "10.0.0.0/33", "10.0.0.0/8;10.1.0.0/16")
        ),
        *(("PARINDEX_INTERNAL_NETWORKS", value) for value in ("all", "10.0.0.1/8")),
        *(("PARINDEX_ADMIN_PORT", value) for value in ("0", "65536", "-1", "8443,8444", "https", "٨٠٠١")),
        *(
            ("PARINDEX_ADMIN_HOURS", value)
            for value in ("7-18", "07:00", "07:00-24:00", "07:00-07:00", "25:00-26:00", "always")
        ),
        ("PARINDEX_TOTP", "internet"),
        ("PARINDEX_TOTP", "inside"),
    ],
)
def test_a_setting_that_means_nothing_stops_the_start(tmp_path: Path, name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        Config.from_environment({"PARINDEX_DATA_DIR": str(tmp_path), name: value})


def test_settings_are_read_as_they_are_written(tmp_path: Path) -> None:
    config = Config.from_environment(
        {
            "PARINDEX_DATA_DIR": str(tmp_path),
            "PARINDEX_ADMIN_NETWORKS": "10.1.0.0/16, 2001:db8:1::/48",
            "PARINDEX_ADMIN_PORT": "8001",
            "PARINDEX_ADMIN_HOURS": "07:00-18:30",
            "PARINDEX_TOTP": "internet",
            "PARINDEX_INTERNAL_NETWORKS": "10.0.0.0/8",
        }
    )
    assert config.admin_area == AdminArea(OFFICE, 8001, (time(7), time(18, 30)))
    assert config.signin.internal_networks == (ip_network("10.0.0.0/8"),)
    assert Config.from_environment({"PARINDEX_DATA_DIR": str(tmp_path)}).admin_area == AdminArea()

"""Settings: production starts only with its secrets, and a client's own headers are believed by nobody."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from app import create_app
from config import Config, ConfigError

KEY = "Vk3pQ9xT7mZrW2nLh8sYc5uJd4gFb6eA"


def settings(tmp_path: Path, **environ: str) -> Config:
    given: Mapping[str, str] = {"PARINDEX_DATA_DIR": str(tmp_path), **environ}
    return Config.from_environment(given)


@pytest.mark.parametrize("key", ["", "short", "changeme", "k" * 40, "please-change-me-before-you-go-live-now"])
def test_production_needs_a_real_key(tmp_path: Path, key: str) -> None:
    with pytest.raises(ConfigError):
        settings(tmp_path, PARINDEX_HTTPS="1", PARINDEX_SECRET_KEY=key)


def test_production_cookies_are_secure(tmp_path: Path) -> None:
    app = create_app(settings(tmp_path, PARINDEX_HTTPS="1", PARINDEX_SECRET_KEY=KEY))
    answer = app.test_client().get("/login", base_url="https://localhost")
    assert "max-age=31536000" in answer.headers["Strict-Transport-Security"]
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-parindex=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}


def test_a_trial_keeps_its_key_between_starts(tmp_path: Path) -> None:
    assert settings(tmp_path).secret_key == settings(tmp_path).secret_key


@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1"), ("1", "203.0.113.7")])
def test_a_forwarded_address_counts_only_behind_a_named_proxy(tmp_path: Path, proxies: str, seen: str) -> None:
    app = create_app(settings(tmp_path, PARINDEX_PROXIES=proxies))
    addresses: list[str | None] = []

    @app.before_request
    def note() -> None:
        from flask import request

        addresses.append(request.remote_addr)

    app.test_client().get("/healthz", headers={"X-Forwarded-For": "198.51.100.1, 203.0.113.7"})
    assert addresses == [seen]


@pytest.mark.parametrize("value", ["-1", "two", "1.5"])
def test_a_setting_that_is_no_number_stops_the_start(tmp_path: Path, value: str) -> None:
    with pytest.raises(ConfigError):
        settings(tmp_path, PARINDEX_PROXIES=value)


def test_a_bare_postgresql_address_means_psycopg_3(tmp_path: Path) -> None:
    given = settings(tmp_path, PARINDEX_DATABASE_URL="postgresql://user@host/name")
    assert given.sqlalchemy_url == "postgresql+psycopg://user@host/name"

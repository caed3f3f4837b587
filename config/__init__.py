"""Settings, read once from the environment (``PARINDEX_*``); a file for each concern, all of them together here."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from config.area import AdminArea
from config.audit import AuditSettings
from config.database import engine_options, verified
from config.evidence import EvidenceSettings
from config.keys import secret_key, several
from config.reading import MEGABYTE, ConfigError, Networks, whole
from config.signin import SignIn

__all__ = [
    "MEGABYTE",
    "AdminArea",
    "AuditSettings",
    "Config",
    "ConfigError",
    "EvidenceSettings",
    "Networks",
    "SignIn",
    "engine_options",
]

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Config:
    """Everything that differs between installations.

    ``clock_offset_allowed`` opens the test clock (models/clock.py) and is never read from the environment.
    """

    database_url: str = field(repr=False)  # may hold a password
    data_dir: Path
    secret_key: str = field(repr=False)
    #: Former keys, the newest first: what they signed is still believed, they sign nothing new.
    secret_key_fallbacks: tuple[str, ...] = field(default=(), repr=False)
    #: Keys of the audit trail's seals, the one that seals now first; empty: the keys above.
    audit_seal_keys: tuple[str, ...] = field(default=(), repr=False)
    https: bool = False
    testing: bool = False
    clock_offset_allowed: bool = False
    province_name: str = "Tỉnh Vĩnh Long"
    hotline: str = ""
    #: Written before the day on papers; empty: the province's name without its kind ("Tỉnh Vĩnh Long" is "Vĩnh Long").
    place: str = ""
    #: Reverse proxies in front of the server whose X-Forwarded-For and -Proto are believed; 0 believes nobody.
    proxies: int = 0
    #: Names this server answers to, such as ``parindex.vinhlong.gov.vn`` or ``.vinhlong.gov.vn``; empty: to any name.
    hosts: tuple[str, ...] = ()
    signin: SignIn = field(default_factory=SignIn)
    admin_area: AdminArea = field(default_factory=AdminArea)
    evidence: EvidenceSettings = field(default_factory=EvidenceSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)

    @classmethod
    def from_environment(cls, environ: Mapping[str, str] = os.environ) -> Config:
        """Read the settings; raise ``ConfigError`` where production would start without its secrets."""
        data_dir = Path(environ.get("PARINDEX_DATA_DIR", str(ROOT / "var"))).resolve()
        data_dir.mkdir(parents=True, exist_ok=True)
        https = environ.get("PARINDEX_HTTPS", "") == "1"
        if https and environ.get("FLASK_DEBUG", "0").lower() not in ("", "0", "false", "no"):
            raise ConfigError("FLASK_DEBUG opens a console to whoever meets a fault: not with PARINDEX_HTTPS=1.")
        database_url = environ.get("PARINDEX_DATABASE_URL", f"sqlite:///{data_dir / 'parindex.sqlite3'}")
        verified(environ, database_url)
        return cls(
            database_url=database_url,
            data_dir=data_dir,
            secret_key=secret_key(environ.get("PARINDEX_SECRET_KEY", ""), https=https, data_dir=data_dir),
            secret_key_fallbacks=several(environ, "PARINDEX_SECRET_KEY_FALLBACKS", https=https),
            audit_seal_keys=several(environ, "PARINDEX_AUDIT_KEY", https=https),
            https=https,
            province_name=environ.get("PARINDEX_PROVINCE_NAME", cls.province_name),
            hotline=environ.get("PARINDEX_HOTLINE", cls.hotline),
            place=environ.get("PARINDEX_PLACE", cls.place).strip(),
            proxies=whole(environ, "PARINDEX_PROXIES", cls.proxies, least=0),
            hosts=_hosts(environ.get("PARINDEX_HOSTS", "")),
            signin=SignIn.from_environment(environ),
            admin_area=AdminArea.from_environment(environ),
            evidence=EvidenceSettings.from_environment(environ),
            audit=AuditSettings.from_environment(environ),
        )

    @property
    def root(self) -> Path:
        """The folder of the product's own files."""
        return ROOT

    @property
    def sqlalchemy_url(self) -> str:
        """The address with its driver named: a bare ``postgresql://`` means psycopg 3."""
        for bare in ("postgresql://", "postgres://"):
            if self.database_url.startswith(bare):
                return "postgresql+psycopg://" + self.database_url.removeprefix(bare)
        return self.database_url

    @property
    def audit_keys(self) -> list[str]:
        """Every key that the audit trail's seals are believed by; the first one seals."""
        return list(self.audit_seal_keys) or [self.secret_key, *self.secret_key_fallbacks]

    @property
    def signing_keys(self) -> list[str]:
        """Every key that is believed, oldest first, as itsdangerous wants them: the last one signs."""
        return [*reversed(self.secret_key_fallbacks), self.secret_key]

    def flask_settings(self) -> dict[str, object]:
        """What Flask and its extensions read from ``app.config``."""
        cookie = "__Host-parindex" if self.https else "parindex"
        return {
            "PARINDEX": self,
            "PROVINCE_NAME": self.province_name,
            "HOTLINE": self.hotline,
            "SECRET_KEY": self.secret_key,
            "SECRET_KEY_FALLBACKS": list(self.secret_key_fallbacks),
            # Forms opened before a change of keys are still taken; the last one signs.
            "SIGNING_KEYS": self.signing_keys,
            "WTF_CSRF_SECRET_KEY": self.signing_keys,
            "TESTING": self.testing,
            # A name may be written with the dot that ends it.
            "TRUSTED_HOSTS": [name for host in self.hosts for name in (host, f"{host}.")] or None,
            "SQLALCHEMY_DATABASE_URI": self.sqlalchemy_url,
            "SQLALCHEMY_ENGINE_OPTIONS": engine_options(self.sqlalchemy_url),
            "SESSION_COOKIE_NAME": cookie,
            "SESSION_COOKIE_SECURE": self.https,
            "SESSION_COOKIE_HTTPONLY": True,
            "SESSION_COOKIE_SAMESITE": "Lax",
            "SESSION_REFRESH_EACH_REQUEST": False,
            "PREFERRED_URL_SCHEME": "https" if self.https else "http",
            "WTF_CSRF_TIME_LIMIT": None,  # lives as long as the session: a long form never dies of its token
            "MAX_CONTENT_LENGTH": 12 * 1024 * 1024,
            "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
            "MAX_FORM_PARTS": 5000,
        }


def _hosts(given: str) -> tuple[str, ...]:
    """Read names of hosts by commas; a leading dot takes all names below."""
    names = tuple(name.strip().lower() for name in given.split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]", name):
            raise ConfigError(f"PARINDEX_HOSTS holds names of hosts by commas, without scheme and port, not {name!r}.")
    return names

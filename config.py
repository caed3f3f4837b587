"""Settings, read once from the environment (``PARINDEX_*``)."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import time
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent
MEGABYTE = 1024 * 1024
SAMPLE_KEYS = ("changeme", "change-me", "change_me", "secret", "password", "sample", "example", "0123456789", "abcdef")
#: Whom a second factor is compulsory for, each word more than the one before; anybody may have one.
TOTP = ("off", "administrators", "internet", "all")
Networks = tuple[IPv4Network | IPv6Network, ...]


class ConfigError(RuntimeError):
    """The environment is not fit to start with; the sentence says what to set."""


@dataclass(frozen=True)
class SignIn:
    """Rules of passwords, sessions and the second factor (docs/security.md, rows AU and SE). Of numbers, 0 is off.

    ``password_history`` forbids so many former passwords; once it is on, administrators ten at least.
    """

    password_length: int = 14
    password_length_totp: int = 14
    password_composition: bool = False
    password_max_days: int = 0
    password_history: int = 0
    issued_hours: int = 72
    totp: str = "off"
    #: Where "internet" asks nobody but administrators for a second factor.
    internal_networks: Networks = ()
    idle_minutes: int = 15
    admin_idle_minutes: int = 5
    hours: int = 12
    sessions: int = 5
    unused_days: int = 45
    disable_unused: bool = False
    #: The longest that support may look at the system as a user, in minutes.
    look_minutes: int = 60

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> SignIn:
        """Read the settings; raise ``ConfigError`` for a value that means nothing."""
        totp = environ.get("PARINDEX_TOTP", cls.totp)
        if totp not in TOTP:
            raise ConfigError(f"PARINDEX_TOTP must be one of {', '.join(TOTP)}, not {totp!r}.")
        internal = _networks(environ, "PARINDEX_INTERNAL_NETWORKS")
        if totp == "internet" and not internal:
            raise ConfigError("PARINDEX_TOTP=internet needs PARINDEX_INTERNAL_NETWORKS: what is not the Internet.")

        def whole(name: str, default: int, least: int = 1) -> int:
            return _whole(environ, f"PARINDEX_{name}", default, least)

        return cls(
            password_length=whole("PASSWORD_LENGTH", cls.password_length, 14),
            password_length_totp=whole("PASSWORD_LENGTH_TOTP", cls.password_length_totp, 8),
            password_composition=environ.get("PARINDEX_PASSWORD_COMPOSITION", "") == "1",
            password_max_days=whole("PASSWORD_MAX_DAYS", cls.password_max_days, 0),
            password_history=whole("PASSWORD_HISTORY", cls.password_history, 0),
            issued_hours=whole("ISSUED_PASSWORD_HOURS", cls.issued_hours),
            totp=totp,
            internal_networks=internal,
            idle_minutes=whole("SESSION_IDLE_MINUTES", cls.idle_minutes),
            admin_idle_minutes=whole("ADMIN_IDLE_MINUTES", cls.admin_idle_minutes),
            hours=whole("SESSION_HOURS", cls.hours),
            sessions=whole("SESSIONS", cls.sessions),
            unused_days=whole("UNUSED_DAYS", cls.unused_days),
            disable_unused=environ.get("PARINDEX_DISABLE_UNUSED", "") == "1",
            look_minutes=whole("LOOK_MINUTES", cls.look_minutes),
        )


@dataclass(frozen=True)
class AdminArea:
    """Where and when the administrator's area is open (docs/security.md, row AC-19); nothing is asked where a part is empty.

    ``port`` is one that this server itself listens on, whatever a client or proxy writes into headers. ``hours`` are two
    moments of a day in the province: open from the first, closed from the second; they may reach over midnight.
    """

    networks: Networks = ()
    port: int | None = None
    hours: tuple[time, time] | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> AdminArea:
        """Read the settings; raise ``ConfigError`` for a value that means nothing."""
        port = environ.get("PARINDEX_ADMIN_PORT", "").strip()
        if port and not (port.isascii() and port.isdecimal() and 0 < int(port) < 65536):
            raise ConfigError(f"PARINDEX_ADMIN_PORT is empty or a port from 1 to 65535, not {port!r}.")
        return cls(
            networks=_networks(environ, "PARINDEX_ADMIN_NETWORKS"),
            port=int(port) if port else None,
            hours=_hours(environ.get("PARINDEX_ADMIN_HOURS", "").strip()),
        )


@dataclass(frozen=True)
class EvidenceSettings:
    """Evidence files: what is taken, how much, where it is kept and who looks for viruses (docs/operations.md).

    Sizes are in bytes. ``url`` is empty for the folder ``evidence`` beside the database, or ``s3://bucket/prefix``.
    ``clamd`` is empty (no scanner), ``tcp://host:port`` or ``unix:/path``.
    """

    file_bytes: int = 20 * MEGABYTE
    files_per_item: int = 20
    unit_bytes: int = 2048 * MEGABYTE
    free_bytes: int = 500 * MEGABYTE
    kinds: tuple[str, ...] = ("pdf", "docx", "xlsx", "pptx", "doc", "xls", "ppt", "odt", "ods", "jpg", "png", "webp")
    image_pixels: int = 80_000_000
    url: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_key: str = ""
    s3_secret: str = field(default="", repr=False)
    clamd: str = ""
    clamd_seconds: int = 20

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> EvidenceSettings:
        """Read the settings; raise ``ConfigError`` where they cannot be meant."""
        known = cls.kinds
        kinds = tuple(environ.get("PARINDEX_EVIDENCE_KINDS", ",".join(known)).replace(" ", "").lower().split(","))
        if unknown := [word for word in kinds if word not in known]:
            raise ConfigError(f"PARINDEX_EVIDENCE_KINDS knows {', '.join(known)}, not {', '.join(unknown)!r}.")
        url = environ.get("PARINDEX_EVIDENCE_URL", "")
        if url and not re.fullmatch(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[A-Za-z0-9._/-]*)?", url):
            raise ConfigError(f"PARINDEX_EVIDENCE_URL is empty or s3://bucket/prefix, not {url!r}.")
        clamd = environ.get("PARINDEX_CLAMD", "")
        if clamd and not re.fullmatch(r"tcp://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}|unix:/.+", clamd):
            raise ConfigError(f"PARINDEX_CLAMD is empty, tcp://host:port or unix:/path, not {clamd!r}.")

        def megabytes(name: str, default: int, least: int = 1) -> int:
            return _whole(environ, name, default // MEGABYTE, least) * MEGABYTE

        return cls(
            file_bytes=megabytes("PARINDEX_EVIDENCE_FILE_MB", cls.file_bytes),
            files_per_item=_whole(environ, "PARINDEX_EVIDENCE_FILES_PER_ITEM", cls.files_per_item),
            unit_bytes=megabytes("PARINDEX_EVIDENCE_UNIT_MB", cls.unit_bytes),
            free_bytes=megabytes("PARINDEX_EVIDENCE_FREE_MB", cls.free_bytes, least=0),
            kinds=kinds,
            image_pixels=_whole(environ, "PARINDEX_EVIDENCE_MEGAPIXELS", cls.image_pixels // 1_000_000) * 1_000_000,
            url=url,
            s3_endpoint=environ.get("PARINDEX_S3_ENDPOINT", cls.s3_endpoint),
            s3_region=environ.get("PARINDEX_S3_REGION", cls.s3_region),
            s3_key=environ.get("PARINDEX_S3_KEY", cls.s3_key),
            s3_secret=environ.get("PARINDEX_S3_SECRET", cls.s3_secret),
            clamd=clamd,
            clamd_seconds=_whole(environ, "PARINDEX_CLAMD_SECONDS", cls.clamd_seconds),
        )


@dataclass(frozen=True)
class AuditSettings:
    """The audit trail: how long it is kept, what raises an alarm, and where its log goes (docs/operations.md).

    ``reads`` are pages within five minutes, ``exports`` files within an hour, both of one account; 0 watches nothing.
    ``refusals`` are those noted of an account within a minute by each process, so that nobody fills the disk by asking. ``log`` is
    the form of lines on standard error: empty (warnings and faults alone, as text), ``text`` or ``json`` (every entry too).
    ``syslog`` is empty, ``host:port`` (UDP) or ``tcp://host:port``.
    """

    months: int = 12
    reads: int = 500
    exports: int = 200
    refusals: int = 30
    log: str = ""
    syslog: str = ""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> AuditSettings:
        """Read the settings; raise ``ConfigError`` for a trail kept shorter than three months, or a collector without a port."""
        log, syslog = environ.get("PARINDEX_LOG", cls.log), environ.get("PARINDEX_SYSLOG", cls.syslog)
        if log not in ("", "text", "json"):
            raise ConfigError(f"PARINDEX_LOG must be text or json, not {log!r}.")
        if syslog and not re.fullmatch(r"((udp|tcp)://)?(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):[0-9]{1,5}", syslog):
            raise ConfigError(f"PARINDEX_SYSLOG is empty, host:port or tcp://host:port, not {syslog!r}.")
        return cls(
            months=_whole(environ, "PARINDEX_AUDIT_MONTHS", cls.months, 3),
            reads=_whole(environ, "PARINDEX_ALARM_READS", cls.reads, 0),
            exports=_whole(environ, "PARINDEX_ALARM_EXPORTS", cls.exports, 0),
            refusals=_whole(environ, "PARINDEX_AUDIT_REFUSALS", cls.refusals, 0),
            log=log,
            syslog=syslog,
        )


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
        _verified(environ, database_url)
        return cls(
            database_url=database_url,
            data_dir=data_dir,
            secret_key=_secret_key(environ.get("PARINDEX_SECRET_KEY", ""), https=https, data_dir=data_dir),
            secret_key_fallbacks=_several(environ, "PARINDEX_SECRET_KEY_FALLBACKS", https=https),
            audit_seal_keys=_several(environ, "PARINDEX_AUDIT_KEY", https=https),
            https=https,
            province_name=environ.get("PARINDEX_PROVINCE_NAME", cls.province_name),
            hotline=environ.get("PARINDEX_HOTLINE", cls.hotline),
            place=environ.get("PARINDEX_PLACE", cls.place).strip(),
            proxies=_whole(environ, "PARINDEX_PROXIES", cls.proxies, least=0),
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
            "TRUSTED_HOSTS": list(self.hosts) or None,
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


def engine_options(url: str) -> dict[str, object]:
    """Options of the engine: psycopg's prepared statements would freeze one reader's plan for every other reader."""
    quiet: dict[str, object] = {
        "hide_parameters": True
    }  # values, secrets among them, stay out of faults and so of the log
    if url.startswith("postgresql"):
        return {"connect_args": {"prepare_threshold": None}, "pool_pre_ping": True, **quiet}
    return {"connect_args": {"timeout": 15}, **quiet}


def _weak(key: str) -> bool:
    """Tell whether a key can be guessed: short, made of few signs, or of words from a manual."""
    return len(key) < 32 or len(set(key)) < 10 or any(word in key.lower() for word in SAMPLE_KEYS)


def _several(environ: Mapping[str, str], name: str, *, https: bool) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in environ.get(name, "").split(",") if key.strip())
    if https and any(_weak(key) for key in keys):
        raise ConfigError(f"{name} holds a key that is too short or a sample: leave it out.")
    return keys


def _hosts(given: str) -> tuple[str, ...]:
    """Read names of hosts by commas; a leading dot takes all names below."""
    names = tuple(name.strip().lower() for name in given.split(",") if name.strip())
    for name in names:
        if not re.fullmatch(r"\.?[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\]", name):
            raise ConfigError(f"PARINDEX_HOSTS holds names of hosts by commas, without scheme and port, not {name!r}.")
    return names


def _secret_key(given: str, *, https: bool, data_dir: Path) -> str:
    if given:
        if https and _weak(given):
            raise ConfigError("PARINDEX_SECRET_KEY is too short or a sample: use 32 random characters or more.")
        return given
    if https:
        raise ConfigError("PARINDEX_HTTPS=1 needs PARINDEX_SECRET_KEY: 32 random characters or more.")
    # Without HTTPS the server is a trial on loopback: its key is made once and kept beside its data,
    # so that several workers and the next start share it.
    path = data_dir / "secret_key"
    try:
        with path.open("x", encoding="ascii") as new:
            path.chmod(0o600)
            new.write(secrets.token_hex(32))
    except FileExistsError:
        pass
    return path.read_text(encoding="ascii")


def _networks(environ: Mapping[str, str], name: str) -> Networks:
    words = [word.strip() for word in environ.get(name, "").split(",") if word.strip()]
    try:
        return tuple(ip_network(word) for word in words)
    except ValueError as fault:
        raise ConfigError(f"{name} is a list of networks by commas, like 10.0.0.0/8,2001:db8::/32: {fault}.") from None


def _hours(text: str) -> tuple[time, time] | None:
    if not text:
        return None
    found = re.fullmatch(r"([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])", text)
    if found is None or found[1] + found[2] == found[3] + found[4]:
        raise ConfigError(f"PARINDEX_ADMIN_HOURS is empty or two different times like 07:00-18:00, not {text!r}.")
    return time(int(found[1]), int(found[2])), time(int(found[3]), int(found[4]))


def _verified(environ: Mapping[str, str], database_url: str) -> None:
    """Refuse a database over the network whose certificate nobody checks, where PARINDEX_DATABASE_TLS asks for it."""
    asked = environ.get("PARINDEX_DATABASE_TLS", "")
    if asked not in ("", "verify"):
        raise ConfigError(f"PARINDEX_DATABASE_TLS is empty or verify, not {asked!r}.")
    if not asked:
        return
    try:
        url = make_url(database_url)
    except ArgumentError:
        raise ConfigError("PARINDEX_DATABASE_URL cannot be read.") from None
    if url.get_backend_name() not in ("postgresql", "postgres") or url.query.get("sslmode") == "verify-full":
        return
    if remote := [host for host in _database_hosts(url, environ) if not _here(host)]:
        raise ConfigError(
            f"PARINDEX_DATABASE_TLS=verify: the database at {', '.join(remote)} is asked for its certificate only with "
            "?sslmode=verify-full&sslrootcert=… in PARINDEX_DATABASE_URL."
        )


def _database_hosts(url: URL, environ: Mapping[str, str]) -> list[str]:
    """Return every host libpq may turn to; of a service only its name, since it may be anywhere."""
    given = [url.host or "", *(str(url.query.get(name, "")) for name in ("host", "hostaddr", "service"))]
    if not any(given):
        given = [environ.get(name, "") for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE")]
    return [host for word in given for host in word.split(",") if host]


def _here(host: str) -> bool:
    """Tell whether a host is this machine: a socket's folder, or loopback."""
    return host.startswith(("/", "@", "127.")) or host in ("localhost", "::1")


def _whole(environ: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    text = environ.get(name, str(default))
    if not text.isdecimal() or int(text) < least:
        raise ConfigError(f"{name} must be a whole number from {least}, not {text!r}.")
    return int(text)

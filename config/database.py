"""How the database is reached: options of the engine, and TLS where it is demanded."""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from config.reading import ConfigError


def engine_options(url: str) -> dict[str, object]:
    """Options of the engine: psycopg's prepared statements would freeze one reader's plan for every other reader."""
    quiet: dict[str, object] = {
        "hide_parameters": True
    }  # values, secrets among them, stay out of faults and so of the log
    if url.startswith("postgresql"):
        return {"connect_args": {"prepare_threshold": None}, "pool_pre_ping": True, **quiet}
    return {"connect_args": {"timeout": 15}, **quiet}


def verified(environ: Mapping[str, str], database_url: str) -> None:
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
    if remote := [host for host in database_hosts(url, environ) if not here(host)]:
        raise ConfigError(
            f"PARINDEX_DATABASE_TLS=verify: the database at {', '.join(remote)} is asked for its certificate only with "
            "?sslmode=verify-full&sslrootcert=… in PARINDEX_DATABASE_URL."
        )


def database_hosts(url: URL, environ: Mapping[str, str]) -> list[str]:
    """Return every host libpq may turn to; of a service only its name, since it may be anywhere."""
    given = [url.host or "", *(str(url.query.get(name, "")) for name in ("host", "hostaddr", "service"))]
    if not any(given):
        given = [environ.get(name, "") for name in ("PGHOST", "PGHOSTADDR", "PGSERVICE")]
    return [host for word in given for host in word.split(",") if host]


def here(host: str) -> bool:
    """Tell whether a host is this machine: a socket's folder, or loopback."""
    return host.startswith(("/", "@", "127.")) or host in ("localhost", "::1")

"""Settings of the audit trail and its log."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from config.reading import ConfigError, whole


@dataclass(frozen=True)
class AuditSettings:
    """The audit trail: how long it is kept, what raises an alarm, and where its log goes (docs/operations.md).

    ``reads`` are pages within five minutes, ``exports`` files within an hour, both of one account; 0 watches nothing.
    ``exports_per_minute`` of one account are handed out, no more; 0 sets no cap. Evidence is no export.
    ``refusals`` are those noted of an account within a minute by each process, so that nobody fills the disk by asking. ``log`` is
    the form of lines on standard error: empty (warnings and faults alone, as text), ``text`` or ``json`` (every entry too).
    ``syslog`` is empty, ``host:port`` (UDP) or ``tcp://host:port``.
    """

    months: int = 12
    reads: int = 500
    exports: int = 200
    exports_per_minute: int = 20
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
            months=whole(environ, "PARINDEX_AUDIT_MONTHS", cls.months, 3),
            reads=whole(environ, "PARINDEX_ALARM_READS", cls.reads, 0),
            exports=whole(environ, "PARINDEX_ALARM_EXPORTS", cls.exports, 0),
            exports_per_minute=whole(environ, "PARINDEX_EXPORTS_PER_MINUTE", cls.exports_per_minute, 0),
            refusals=whole(environ, "PARINDEX_AUDIT_REFUSALS", cls.refusals, 0),
            log=log,
            syslog=syslog,
        )

"""The log: one line for each entry of the audit trail once it is committed, for alarms and faults; to standard error and a collector.

Lines are text or JSON, in UTC; line ends inside a line are written as signs, so nobody forges a line. Values of what changed, passwords,
codes and tokens are never in them. A collector gets its lines from a queue: while it is away nothing waits for it, what does not fit
is counted, and it is told how many lines it missed (security LO-05, LO-06, LO-08).
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import queue
import socket
import threading
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, g, has_request_context

from config import AuditSettings
from permissions import trail

AUDIT = logging.getLogger("parindex.audit")
#: What a line tells of an entry: everything but the values, and the reason, which is the person's own words.
TOLD = (
    "id",
    "seal",
    "at",
    "actor_id",
    "actor_name",
    "authority",
    "on_behalf_of",
    "looking_as",
    "unit_id",
    "verb",
    "operation",
    "object_type",
    "object_id",
    "object_name",
    "request_id",
    "address",
)
#: Lines that wait for the collector; so many seconds it is not asked again after it failed, and for so many it may hold a line up.
WAITING = 10_000
PAUSE = 5.0
PATIENCE = 2.0
#: Facility "log audit" of RFC 5424, and its severities.
_FACILITY = 13 * 8
_SEVERITIES = ((logging.ERROR, 3), (logging.WARNING, 4), (logging.NOTSET, 6))
_OURS = "parindex_log"


class Lines(logging.Formatter):
    """One record, one line: as JSON, or as text for people."""

    def __init__(self, *, as_json: bool) -> None:
        super().__init__()
        self.as_json = as_json

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "event": getattr(record, "event", "log"),
            "message": record.getMessage(),
            **getattr(record, "told", {}),
        }
        if getattr(record, "request", ""):
            line["request_id"] = record.request  # type: ignore[attr-defined]
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        if self.as_json:
            return json.dumps(line, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
        trace = line.pop("trace", "")
        head = " ".join(
            f"{name}={value}" if name not in ("time", "level") else str(value) for name, value in line.items()
        )
        return escaped(head) + "".join(f"\n    | {escaped(part)}" for part in trace.splitlines())


def escaped(text: str) -> str:
    """Write signs that would end or hide a line as what they are called."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape", "surrogatepass").decode() for char in text
    )


class Collector(logging.Handler):
    """Sends lines as syslog (RFC 5424), over UDP or TCP (RFC 6587), from a thread of its own in each process."""

    def __init__(self, address: str) -> None:
        super().__init__(logging.INFO)
        parts = urlsplit(address if "://" in address else f"udp://{address}")
        self.stream = parts.scheme == "tcp"
        self.target = (parts.hostname or "", parts.port or 514)
        self.lines: queue.Queue[logging.LogRecord] = queue.Queue(WAITING)
        self.missed = 0
        self._told = 0
        self._socket: socket.socket | None = None
        self._not_before = 0.0
        self._sender: int | None = None
        self._start = threading.Lock()
        self.setFormatter(Lines(as_json=True))
        atexit.register(self.close)

    def emit(self, record: logging.LogRecord) -> None:
        """Put a line into the queue; never waits."""
        self._started()
        try:
            self.lines.put_nowait(record)
        except queue.Full:
            self.missed += 1

    def _started(self) -> None:
        """Start the sender once in each process: a thread does not live on in one that was forked."""
        if self._sender == os.getpid():
            return
        with self._start:
            if self._sender != os.getpid():
                self._socket, self._sender = None, os.getpid()
                threading.Thread(target=self._send_all, name="parindex-log", daemon=True).start()

    def _send_all(self) -> None:
        while True:
            record = self.lines.get()
            try:
                self._send(record)
            except Exception:  # noqa: BLE001 - whatever is wrong with the collector, the next line is tried again
                self.missed += 1
                self._drop()
            finally:
                self.lines.task_done()

    def _send(self, record: logging.LogRecord) -> None:
        if time.monotonic() < self._not_before:
            self.missed += 1
            return
        if self._socket is None:
            self._socket = self._connected()
        if self.missed > self._told:
            missed = self.missed
            note = logging.makeLogRecord(
                {"levelno": logging.WARNING, "levelname": "WARNING", "msg": "lines were missed"}
            )
            note.event, note.told = "missed", {"missed": missed}
            self._write(note)
            self._told = missed
        self._write(record)

    def _connected(self) -> socket.socket:
        if self.stream:
            return socket.create_connection(self.target, PATIENCE)
        family, kind, *_rest, address = socket.getaddrinfo(*self.target, type=socket.SOCK_DGRAM)[0]
        made = socket.socket(family, kind)
        made.settimeout(PATIENCE)
        made.connect(address)
        return made

    def _write(self, record: logging.LogRecord) -> None:
        assert self._socket is not None  # noqa: S101 - connected just now
        severity = next(value for level, value in _SEVERITIES if record.levelno >= level)
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        event = getattr(record, "event", "log")
        text = f"<{_FACILITY + severity}>1 {at} {socket.gethostname()} parindex {os.getpid()} {event} - {self.format(record)}"
        line = text.encode()
        self._socket.sendall(f"{len(line)} ".encode() + line if self.stream else line)

    def _drop(self) -> None:
        self._not_before = time.monotonic() + PAUSE
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def close(self) -> None:
        """Give what waits a moment to leave: a command ends at once."""
        until = time.monotonic() + PATIENCE
        while self._sender == os.getpid() and self.lines.unfinished_tasks and time.monotonic() < until:
            time.sleep(0.02)
        super().close()


def _request(record: logging.LogRecord) -> bool:
    """Put the number of the request to a line, which the page of a fault names too."""
    record.request = g.get("request_id", "") if has_request_context() else ""
    return True


def told(entries: list[dict[str, Any]]) -> None:
    """Write a line for each entry that was committed, without values; for an alarm what there was too much of."""
    for entry in entries:
        loud = entry["operation"] in ("alarm", "broken")
        level = logging.WARNING if loud else logging.INFO
        if not AUDIT.isEnabledFor(level):
            continue
        line = {name: entry[name] for name in TOLD if entry[name] not in (None, "")}
        line |= {"at": entry["at"].astimezone(UTC).isoformat(), "changed": sorted(entry["changes"])}
        if loud:
            line["counted"] = {name: pair[1] for name, pair in entry["changes"].items()}
        message = f"{entry['operation']} {entry['object_type']}"
        AUDIT.log(level, "%s", message, extra={"event": entry["operation"] if loud else "audit", "told": line})


def init_app(app: Flask) -> None:
    """Direct the lines of the application as it is set; of a second application in one process the later one's settings count."""
    settings: AuditSettings = app.config["PARINDEX"].audit
    logger = app.logger
    for old in [handler for handler in logger.handlers if getattr(handler, _OURS, False)]:
        logger.removeHandler(old)
    here = logging.StreamHandler()
    here.setFormatter(Lines(as_json=settings.log == "json"))
    here.setLevel(logging.INFO if settings.log else logging.WARNING)
    handlers: list[logging.Handler] = [here, *([Collector(settings.syslog)] if settings.syslog else [])]
    for handler in handlers:
        setattr(handler, _OURS, True)
        handler.addFilter(_request)
        logger.addHandler(handler)
    for handler in logger.handlers[:]:
        if not getattr(handler, _OURS, False):
            logger.removeHandler(handler)  # Flask's own, which writes the lines as they come
    logger.setLevel(logging.INFO if settings.log or settings.syslog else logging.WARNING)
    if told not in trail.committed:
        trail.committed.append(told)

"""Measure the product against bare Flask views: ``python -m bench [--write]``, run by ``make bench``.

Both sides stand in one process on one database and take turns, so that whatever else the machine does meets both.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import psycopg
from flask_migrate import upgrade
from sqlalchemy import Engine, event, make_url
from werkzeug.test import TestResponse

from bench import memory, province, report
from bench.bare import create_bare
from bench.browser import cells, product
from bench.cases import Case, cases, worker_pages
from extensions import db
from tools.postgres import URL_VARIABLE

NAME = "parindex_bench"
WARM = 3


class Counter:
    """Count the statements of an engine."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "before_cursor_execute", self._note)

    def _note(self, *_: object) -> None:
        self.count += 1


@dataclass
class Side:
    """One side of a case: how long its turns took, and what the last one cost."""

    ask: Callable[[], TestResponse]
    counter: Counter
    times: list[float]
    size: int = 0
    statements: int = 0

    def turn(self) -> TestResponse:
        self.counter.count = 0
        begun = time.perf_counter()
        answer = self.ask()
        data = answer.get_data()
        self.times.append(time.perf_counter() - begun)
        self.statements, self.size = self.counter.count, len(data)
        if answer.status_code >= 400:
            raise RuntimeError(f"{answer.request.path}: {answer.status}\n{data.decode(errors='replace')[:2000]}")
        return answer


def measure(case: Case, ours: Counter, theirs: Counter) -> report.Line:
    """Let both sides of a case take turns; raise ``RuntimeError`` where they should show the same and do not."""
    sides = (Side(case.product, ours, []), Side(case.bare, theirs, []))
    for _ in range(WARM):
        answers = [side.turn() for side in sides]
    if case.same is not None:
        shown = [case.same(cells(answer)) for answer in answers]
        if shown[0] != shown[1]:
            wrong = next(pair for pair in zip(*shown, strict=False) if pair[0] != pair[1])
            raise RuntimeError(f"{case.name}: the two sides differ: {wrong}")
    for side in sides:
        side.times.clear()
    for _ in range(case.turns):
        for side in sides:
            side.turn()
    figures = [(median(side.times), side.statements, side.size) for side in sides]
    pairs = (number for pair in zip(*figures, strict=True) for number in pair)
    return report.Line(case.name, *pairs)


@contextmanager
def database() -> Iterator[str]:
    """Make an empty database on the server of the environment, and drop it afterwards."""
    server = make_url(os.environ[URL_VARIABLE])
    plain = server.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {NAME}")
        try:
            yield server.set(database=NAME).render_as_string(hide_password=False)
        finally:
            connection.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def main() -> None:
    """Measure, print the table and, with ``--write``, put it into the documentation."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the table to docs/performance.md")
    parser.add_argument("--only", default="", help="measure the cases whose name holds this word")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, database() as url:
        _run(url, Path(folder), only=options.only, write=options.write)


def _run(url: str, folder: Path, *, only: str, write: bool) -> None:
    app = product(url, folder)
    begun = time.perf_counter()
    with app.app_context():
        upgrade()
        province.build()
        engine = db.engine
    print(f"The province was made in {time.perf_counter() - begun:.0f} s.", file=sys.stderr)
    bare = create_bare(url)
    counters = Counter(engine), Counter(bare.engine)
    lines = []
    for case in cases(app, bare):
        if only.lower() in case.name.lower():
            lines.append(measure(case, *counters))
            print(lines[-1].name, file=sys.stderr)
    workers = [memory.of_worker(side, url, login, pages) for side, login, pages in worker_pages(bare.engine)]
    used = (workers[0], workers[1])
    print(report.table(lines, used))
    if write:
        report.write(lines, used)
    for one in (engine, bare.engine):
        one.dispose()


if __name__ == "__main__":
    main()

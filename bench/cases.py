"""What is measured: for each page or act the product's way and the bare view's."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, text
from werkzeug.test import TestResponse

from bench import browser
from bench.bare import Bare
from bench.browser import FilledForm
from bench.province import ROUNDS

#: The district whose manager looks; a commune of it for the product, its neighbour for the bare views.
DISTRICT, COMMUNE, NEIGHBOUR = "H03", "X020", "X021"
YEAR, LAST_YEAR = max(ROUNDS), max(ROUNDS) - 1


@dataclass(frozen=True)
class Case:
    """One page or act. ``turns`` says how often it is measured, ``same`` whether both must show the same cells."""

    name: str
    product: Callable[[], TestResponse]
    bare: Callable[[], TestResponse]
    turns: int = 30
    same: Callable[[list[str]], list[str]] | None = None


class Numbers:
    """Look up the ids that addresses need."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    def one(self, statement: str, **values: Any) -> Any:
        with self.engine.connect() as connection:
            return connection.execute(text(statement), values).one()

    def unit(self, code: str) -> Any:
        return self.one("SELECT id, path FROM unit WHERE code = :code", code=code)

    def account(self, login: str) -> int:
        return int(self.one("SELECT id FROM account WHERE username = :login", login=login).id)

    def form(self, unit: str, year: int) -> int:
        return int(
            self.one(
                "SELECT a.id FROM assessment a JOIN unit u ON u.id = a.unit_id JOIN round r ON r.id = a.round_id "
                "WHERE u.code = :unit AND r.year = :year",
                unit=unit,
                year=year,
            ).id
        )

    def group(self, code: str, year: int) -> int:
        return int(
            self.one(
                "SELECT g.id FROM ranking_group g JOIN round r ON r.id = g.round_id "
                "WHERE g.code = :code AND r.year = :year",
                code=code,
                year=year,
            ).id
        )

    def edition(self, group_id: int) -> int:
        return int(self.one("SELECT id FROM edition WHERE group_id = :group AND in_force", group=group_id).id)

    def survey_leaves(self, year: int) -> list[tuple[str, str]]:
        with self.engine.connect() as connection:
            rows = connection.execute(
                text(
                    "SELECT u.code, c.code AS leaf FROM assessment a JOIN unit u ON u.id = a.unit_id "
                    "JOIN round r ON r.id = a.round_id AND r.year = :year "
                    "JOIN criterion c ON c.set_id = a.criteria_set_id AND c.method = 'survey' "
                    "LEFT JOIN exemption e ON e.assessment_id = a.id AND e.criterion_id = c.id "
                    "WHERE e.id IS NULL ORDER BY u.code, c.path"
                ),
                {"year": year},
            )
            return [(row.code, row.leaf) for row in rows]


def cases(app: Flask, bare: Bare) -> Iterator[Case]:
    """Yield the cases in the order of the table."""
    numbers = Numbers(bare.engine)
    yield from _lists(app, bare, numbers)
    yield from _forms(app, bare, numbers)
    yield from _results(app, bare, numbers)
    yield from _files(app, bare, numbers)


def _visitor(bare: Bare, numbers: Numbers, login: str, unit_code: str) -> FlaskClient:
    client = bare.app.test_client()
    unit = numbers.unit(unit_code)
    client.get(f"/login/{numbers.account(login)}/{unit.id}/{unit.path}")
    return client


def _lists(app: Flask, bare: Bare, numbers: Numbers) -> Iterator[Case]:
    login = f"manager.{DISTRICT.lower()}"
    product, plain = browser.sign_in(app, login), _visitor(bare, numbers, login, DISTRICT)
    yield Case(
        "Score list, 50 rows, of a district",
        lambda: product.get("/admin/score/"),
        lambda: plain.get("/scores"),
        same=lambda cells: [cell for place, cell in enumerate(cells) if place % 10 != 4],  # layers have other titles
    )
    yield Case(
        "Search in the score list",
        lambda: product.get("/admin/score/?search=long+ho"),
        lambda: plain.get("/scores?search=long+ho"),
        same=lambda cells: [cell for place, cell in enumerate(cells) if place % 10 != 4],
    )


def _forms(app: Flask, bare: Bare, numbers: Numbers) -> Iterator[Case]:
    own, other = numbers.form(COMMUNE, YEAR), numbers.form(NEIGHBOUR, YEAR)
    login, neighbour = f"officer.{COMMUNE.lower()}", f"officer.{NEIGHBOUR.lower()}"
    product, plain = browser.sign_in(app, login), _visitor(bare, numbers, neighbour, NEIGHBOUR)
    yield Case(
        "Scoring page of a commune",
        lambda: product.get(f"/assessments/{own}"),
        lambda: plain.get(f"/forms/{other}?last={LAST_YEAR}"),
    )
    mine = FilledForm(product.get(f"/assessments/{own}"))
    theirs = FilledForm(browser.sign_in(app, neighbour).get(f"/assessments/{other}"))

    def save_one(client: FlaskClient, start: str, filled: FilledForm) -> TestResponse:
        code, values = filled.one()
        answer = client.post(f"{start}/{code}", data=values, headers={"Accept": "application/json"})
        filled.saved(code)
        return answer

    def save_whole(client: FlaskClient, address: str, filled: FilledForm) -> TestResponse:
        answer = client.post(address, data=filled.whole())
        filled.saved()
        return answer

    yield Case(
        "Save of one item",
        lambda: save_one(product, f"/assessments/{own}/scores", mine),
        lambda: save_one(plain, f"/forms/{other}", theirs),
    )
    yield Case(
        f"Save of a whole form, {len(mine.codes)} items",
        lambda: save_whole(product, f"/assessments/{own}/scores", mine),
        lambda: save_whole(plain, f"/forms/{other}", theirs),
    )


def _results(app: Flask, bare: Bare, numbers: Numbers) -> Iterator[Case]:
    edition = numbers.edition(numbers.group("commune", LAST_YEAR))
    running = numbers.group("commune", YEAR)
    login = f"officer.{COMMUNE.lower()}"
    officer, plain = browser.sign_in(app, login), _visitor(bare, numbers, login, COMMUNE)
    admin = browser.sign_in(app, "admin")
    yield Case(
        "Published ranking of the communes",
        lambda: officer.get(f"/results/?edition={edition}"),
        lambda: plain.get(f"/published/{edition}"),
        same=lambda cells: cells,
    )
    yield Case(
        "Provisional table of the communes",
        lambda: admin.get(f"/results/provisional?group={running}&basis=self"),
        lambda: plain.get(f"/provisional/{running}"),
        same=lambda cells: cells,
    )


def _files(app: Flask, bare: Bare, numbers: Numbers) -> Iterator[Case]:
    login = f"manager.{DISTRICT.lower()}"
    manager, reader = browser.sign_in(app, login), _visitor(bare, numbers, login, DISTRICT)
    yield Case(
        "XLSX export of the score list",
        lambda: manager.get("/admin/score/export/xlsx/"),
        lambda: reader.get("/scores.xlsx"),
        turns=10,
    )
    leaves = numbers.survey_leaves(YEAR)
    round_id = int(numbers.one("SELECT id FROM round WHERE year = :year", year=YEAR).id)
    admin, plain = browser.sign_in(app, "admin"), _visitor(bare, numbers, "admin", "VL")
    token = browser.token_of(admin.get("/survey/"))
    rates = itertools.cycle(60 + step / 4 for step in range(100))

    def upload() -> tuple[Any, str]:
        return browser.survey_file(str(YEAR), leaves, next(rates)), "survey.xlsx"

    def product_import() -> TestResponse:
        preview = admin.post(f"/survey/{round_id}", data={"csrf_token": token, "file": upload()})
        signed = browser.value_of(preview, "signed")
        return admin.post(f"/survey/{round_id}/apply", data={"csrf_token": token, "signed": signed})

    yield Case(
        f"XLSX import of the survey, {len(leaves)} scores",
        product_import,
        lambda: plain.post(f"/survey/{YEAR}", data={"file": upload()}),
        turns=5,
    )


def worker_pages(engine: Engine) -> list[tuple[str, str, list[str]]]:
    """Return for each side who signs in and the pages its worker serves: product first."""
    numbers = Numbers(engine)
    root, form = numbers.unit("VL"), numbers.form(COMMUNE, YEAR)
    edition, running = numbers.edition(numbers.group("commune", LAST_YEAR)), numbers.group("commune", YEAR)
    return [
        (
            "product",
            "admin",
            [
                "/admin/score/",
                f"/assessments/{form}",
                f"/results/?edition={edition}",
                f"/results/provisional?group={running}&basis=self",
                "/admin/score/export/xlsx/",
            ],
        ),
        (
            "bare",
            f"/login/{numbers.account('admin')}/{root.id}/{root.path}",
            [
                "/scores",
                f"/forms/{form}?last={LAST_YEAR}",
                f"/published/{edition}",
                f"/provisional/{running}",
                "/scores.xlsx",
            ],
        ),
    ]

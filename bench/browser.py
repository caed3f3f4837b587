"""People at test clients: signed in for real on the product, known by their cookie on the bare views; forms filled as shown."""

from __future__ import annotations

import io
import secrets
from collections.abc import Sequence
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import xlsxwriter
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app import create_app
from bench.province import PASSWORD
from config import Config


class Fields(HTMLParser):
    """Gather what a browser would send of the form with this id: names and values in the order of the page."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.inside = False
        self.values: dict[str, list[str]] = {}
        self._area = ""

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form":
            self.inside = given.get("id") == self.form_id
        name = given.get("name")
        if not self.inside or not name:
            return
        if tag == "textarea":
            self._area = name
            self.values.setdefault(name, []).append("")
        elif tag == "input" and (given.get("type") not in ("radio", "checkbox") or "checked" in given):
            self.values.setdefault(name, []).append(given.get("value") or "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.values[self._area][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._area = ""
        elif tag == "form":
            self.inside = False


class Cells(HTMLParser):
    """Gather the texts of the cells of a page's table."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._body = self._cell = False

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self._body = self._body or tag == "tbody"
        if self._body and tag in ("td", "th"):
            self._cell = True
            self.texts.append("")

    def handle_data(self, data: str) -> None:
        if self._cell:
            self.texts[-1] += data.strip()

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False
        elif tag == "tbody":
            self._body = False


def product(url: str, folder: Path) -> Flask:
    """Build the product on a database."""
    return create_app(Config(database_url=url, data_dir=folder, secret_key=secrets.token_hex(32)))


def cells(page: TestResponse) -> list[str]:
    """Return the texts of a page's table, so that both sides can be held to giving the same."""
    reader = Cells()
    reader.feed(page.get_data(as_text=True))
    return reader.texts


def sign_in(app: Flask, login: str) -> FlaskClient:
    """Return a client signed in through the login page."""
    client = app.test_client()
    token = token_of(client.get("/login"))
    answer = client.post("/login", data={"username": login, "password": PASSWORD, "csrf_token": token})
    if answer.status_code != 302:
        raise RuntimeError(f"{login} cannot sign in")
    return client


def token_of(page: TestResponse) -> str:
    return value_of(page, "csrf_token")


def value_of(page: TestResponse, name: str) -> str:
    """Return the value of the first hidden field of this name."""
    text = page.get_data(as_text=True)
    start = text.index(f'name="{name}"')
    return text[start:].split('value="', 1)[1].split('"', 1)[0]


class FilledForm:
    """The form of a unit as its officer has it on the screen; each save changes it and takes the new versions over."""

    def __init__(self, page: TestResponse) -> None:
        reader = Fields("scoring")
        reader.feed(page.get_data(as_text=True))
        self.values: dict[str, Any] = reader.values
        filled = (name.partition(":")[0] for name, given in self.values.items() if _is_input(name) and any(given))
        self.codes = list(dict.fromkeys(filled))
        figures = (name.partition(":")[0] for name in self.values if name.endswith(":numerator"))
        self.figure = next(code for code in figures if code in self.codes)
        self.turn = int(self.values[f"{self.codes[0]}:version"][0])  # each save has a note of its own

    def whole(self) -> dict[str, Any]:
        """Return the whole form with a new note on each leaf that is filled in."""
        self.turn += 1
        changed = {f"{code}:note": f"Cập nhật lần {self.turn}" for code in self.codes}
        sent = [(name, given) for name, given in self.values.items() if name.partition(":")[0] in {*self.codes, name}]
        return {**dict(sent), **changed}

    def one(self) -> tuple[str, dict[str, Any]]:
        """Return one leaf with another numerator."""
        start = f"{self.figure}:"
        values = {name: given for name, given in self.values.items() if name.startswith(start)}
        figure = f"{start}numerator"
        self.values[figure] = ["2" if self.values[figure] == ["1"] else "1"]
        return self.figure, {"csrf_token": self.values["csrf_token"], **values, figure: self.values[figure]}

    def saved(self, *codes: str) -> None:
        """Take over the versions that a save has made; without codes those of the whole form."""
        for code in codes or self.codes:
            name = f"{code}:version"
            self.values[name] = [str(int(self.values[name][0]) + 1)]


def _is_input(name: str) -> bool:
    _code, _colon, field = name.partition(":")
    return bool(field) and field not in ("version", "was", "stated", "reason", "note", "na", "clear", "take")


def survey_file(round_code: str, leaves: Sequence[tuple[str, str]], rate: float) -> io.BytesIO:
    """Write a workbook of survey values, all the same, for each unit and leaf."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["round_code", "unit_code", "criterion_code", "layer", "rate"])
    for row, (unit, code) in enumerate(leaves, start=1):
        for column, text in enumerate((round_code, unit, code, "survey")):
            sheet.write_string(row, column, text)
        sheet.write_number(row, 4, rate)
    book.close()
    file.seek(0)
    return file

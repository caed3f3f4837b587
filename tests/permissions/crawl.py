"""Walk the product's routes: fill in addresses for a reader, ask, and look in the answer for what the reader may not see.

A new route is walked as soon as it is registered. A new argument name needs its line in ``PATH`` or ``QUERY`` and the tests fail
until it has one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

import models as m
from extensions import db
from rules.vocabulary import Layer
from tests.permissions.full import LAST_YEAR
from tests.permissions.readers import Everything, Reader, expected
from tests.support.words import words_of
from tests.support.world import COUNCILS, UNITS, Province, token

ABSENT = 10**9
#: Path arguments: the table whose row they name, or the words they may be (first one that is right, then one that is not).
PATH: dict[str, type[Any] | tuple[str, str]] = {
    "form_id": m.Assessment,
    "sheet_id": m.FieldSheet,
    "link_id": m.EvidenceLink,
    "file_id": m.EvidenceFile,
    "snapshot_id": m.Snapshot,
    "criterion_id": m.Criterion,
    "council_id": m.Council,
    "delegation_id": m.Delegation,
    "edition_id": m.Edition,
    "group_id": m.RankingGroup,
    "round_id": m.Round,
    "unit_id": m.Unit,
    "staff_request_id": m.StaffRequest,
    "change_id": m.StaffChange,
    "code": ("1.1", "9.99"),
    "field_code": ("1", "99"),
    "verb": ("remind", "fly"),
    "kind": ("csv", "csv"),
    "export_type": ("xlsx", "csv"),
    "filename": ("css/app.css", "css/none.css"),
    "file": ("pdf", "docx"),
}
#: Query arguments that name rows. ``id`` names a row of the screen's own table.
QUERY: dict[str, type[Any]] = {
    "form": m.Assessment,
    "sheet": m.FieldSheet,
    "council": m.Council,
    "seat": m.Seat,
    "account": m.Account,
    "unit": m.Unit,
    "round": m.Round,
    "group": m.RankingGroup,
    "edition": m.Edition,
    "leaf": m.Criterion,
    "level": m.Level,
    "set": m.CriteriaSet,
    "parent": m.Criterion,
    "left": m.Snapshot,
    "right": m.Snapshot,
}
IDS = {"approval.approve": m.FieldSheet, "approval.close": m.FieldSheet}
#: Body fields of any form: names of objects and of columns that no form may set (security AC-09, AC-11).
BODY: dict[str, type[Any] | str] = {
    **QUERY,
    "rowid": m.Unit,
    "list_form_pk": m.Unit,
    "part": m.Criterion,
    "unit_id": m.Unit,
    "assessment_id": m.Assessment,
    "author_id": m.Account,
    "layer": "50",
    "state": "closed",
    "released": "50",
    "points": "10",
    "closed_at": "2020-01-01",
    "function": "manager",
    "path": "1.",
    "active": "y",
    "verb": "remind",
    "confirmed": "yes",
    "minutes_number": "1",
    "minutes_on": "2024-12-01",
    "reason": "vì",
    "applies": "yes",
    "text": "vì",
    "text:1.1": "vì",
    "mark": "0",
    "audience": "unit",
    "without": m.Question,
    "ends_at": "2030-01-01T10:00",
    "version": "1",
    "name": "Lấn quyền",
    "code": "lan-quyen",
    "number": "lan-quyen",
}
SCREEN_WORDS = ("id", "url")


@dataclass
class Crawler:
    """One reader in front of the full province."""

    province: Province
    reader: Reader | None
    all_: Everything
    client: FlaskClient = field(init=False)
    csrf: str = ""

    def __post_init__(self) -> None:
        if self.reader is None:
            self.client = self.province.app.test_client()
            self.csrf = token(self.client)
            return
        self.client = self.province.client(self.reader.login)
        self._choose()
        self.csrf = token(self.client, "/password")

    def _choose(self) -> None:
        """Work in the reader's post or seat where the person has several."""
        assert self.reader is not None
        with self.client.session_transaction() as session:
            account = self.all_.account_id(self.reader)
            wanted = (
                [f"seat:{id_}" for id_, row in self.all_.rows[m.Seat].items() if row.account_id == account]
                if self.reader.seated
                else [f"post:{id_}" for id_, row in self.all_.rows[m.Post].items() if row.account_id == account]
            )
            session["authority"] = wanted[0]

    # Addresses

    def sees(self, model: type[Any]) -> set[int]:
        return expected(self.all_, self.reader, model) if self.reader is not None else set()

    def own(self, model: type[Any]) -> Any:
        """Return a row the reader sees, of this year and hanging together with the others; an absent one where there is none."""
        seen = sorted(self.sees(model))
        if model in (m.Assessment, m.Unit):
            forms = [i for i in sorted(self.sees(m.Assessment)) if self._this_year(i)]
            if forms:
                form = self.all_.one(m.Assessment, forms[0])
                return form.id if model is m.Assessment else form.unit_id
        if model in (m.FieldSheet, m.EvidenceLink, m.Snapshot):
            seen = [i for i in seen if self.all_.one(model, i).assessment_id == self.own(m.Assessment)]
        if model is m.Criterion:
            return next(i for i, row in self.all_.rows[model].items() if row.code == "1.1")
        if model is m.Edition:
            seen = [i for i in seen if self.all_.one(model, i).in_force]
        return seen[0] if seen else ABSENT

    def _this_year(self, form_id: int) -> bool:
        return self.all_.one(m.Round, self.all_.one(m.Assessment, form_id).round_id).code != LAST_YEAR

    def foreign(self, model: type[Any]) -> int | None:
        """Return a row that exists and that the reader may not see; None where all may be seen."""
        hidden = sorted(set(self.all_.rows[model]) - self.sees(model))
        return hidden[0] if hidden else None

    def id_model(self, endpoint: str) -> type[Any] | None:
        if endpoint in IDS:
            return IDS[endpoint]
        name = endpoint.partition(".")[0]
        view = next((v for v in views_of(self.province.app) if v.endpoint == name), None)
        return getattr(view, "model", None)

    def urls(self, rule: Rule) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """Yield (kind, address, arguments): ``own`` once; then ``foreign n`` and ``absent n`` in pairs."""
        names = sorted(rule.arguments)
        base = {name: self.value(name) for name in names}
        query = {name: self.own(model) for name, model in self.query_models(rule).items()}
        yield "own", self.address(rule, base, {k: v for k, v in query.items() if k == "id"}), base
        n = 0
        for name in names:
            kind = PATH[name]
            if isinstance(kind, type) and (other := self.foreign(kind)) is not None:
                n += 1
                yield f"foreign {n}", self.address(rule, {**base, name: other}, {}), base
                yield f"absent {n}", self.address(rule, {**base, name: ABSENT}, {}), base
        hidden = {name: self.foreign(model) for name, model in self.query_models(rule).items()}
        if hidden.get("id") is not None:
            yield "foreign id", self.address(rule, base, {"id": hidden["id"]}), base
            yield "absent id", self.address(rule, base, {"id": ABSENT}), base
        others = {name: other for name, other in hidden.items() if other is not None and name != "id"}
        if others:
            kept = {"id": query["id"]} if "id" in query else {}
            yield "foreign query", self.address(rule, base, {**kept, **others}), base
            yield "absent query", self.address(rule, base, {**kept, **dict.fromkeys(others, ABSENT)}), base

    def query_models(self, rule: Rule) -> dict[str, type[Any]]:
        model = self.id_model(rule.endpoint)
        return {**QUERY, **({"id": model} if model is not None else {})}

    def value(self, name: str) -> Any:
        kind = PATH[name]
        return kind[0] if isinstance(kind, tuple) else self.own(kind)

    def address(self, rule: Rule, values: Mapping[str, Any], query: Mapping[str, Any]) -> str:
        adapter = self.province.app.url_map.bind("localhost")
        path = adapter.build(rule.endpoint, dict(values))
        return f"{path}?{urlencode(query)}" if query else path

    def body(self, kind: str) -> dict[str, Any]:
        """A form with every name that could reach an object, all of them ``own``, ``foreign`` or ``absent``."""
        filled: dict[str, Any] = {"csrf_token": self.csrf}
        for name, what in BODY.items():
            if isinstance(what, str):
                filled[name] = what
            else:
                other = self.foreign(what)
                filled[name] = ABSENT if kind == "absent" or other is None else other
        return filled


def views_of(app: Flask) -> list[Any]:
    """Return the generated screens of the application."""
    admins = app.extensions.get("admin", [])
    return [view for admin in admins for view in admin._views]


def rules_of(app: Flask, method: str) -> list[Rule]:
    """Return the product's routes that take a method, in a fixed order; a new argument name fails here."""
    rules = sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ())))
    for rule in rules:
        unknown = rule.arguments - set(PATH)
        assert not unknown, f"{rule.rule}: say in tests/permissions/crawl.py what {unknown} names"
    return [
        rule for rule in rules if method in (rule.methods or ()) and rule.endpoint not in ("static", "admin.static")
    ]


# Answers


def text_of(answer: TestResponse) -> str:
    """Return all the words of an answer; of a workbook those of its cells and sheets, of a paper those printed."""
    return words_of(answer.get_data(), answer.request.path)


_VARYING = (
    (re.compile(r'(name="csrf_token"[^>]*value=")[^"]*'), r"\1"),
    (re.compile(r'("csrf": ?")[^"]*'), r"\1"),  # the same for scripts
    (re.compile(r'(name="next" value=")[^"]*'), r"\1"),
    (re.compile(r'(nonce=")[^"]*'), r"\1"),
    (re.compile(r"\b[0-9a-f]{12}\b"), ""),  # the number of the request
    (re.compile(r"((?:[?&]|&amp;)\w+=)\d+"), r"\1"),  # arguments that links of the page carry on
    (re.compile(r"\d{1,2}:\d\d(:\d\d)?"), ""),
    (re.compile(r"/\d+(?=[/?\"])"), "/"),
)


def normal(text: str) -> str:
    """Return an answer without what differs between any two requests: tokens, numbers of the request, its own address."""
    for pattern, replacement in _VARYING:
        text = pattern.sub(replacement, text)
    return text


NAMES = {code: name for code, name, _, _ in UNITS}
#: Its name stands in sentences of the product.
SPOKEN = {"SNV", "P"}
_MARK = re.compile(r"\[([a-z ]+) ([A-Z]+\d*)(?: (\d+))?\]")


def leaks(all_: Everything, reader: Reader | None, text: str, *, public_names: bool = False) -> list[str]:
    """Return what stands in an answer and is not for its reader: marks of rows, names of units.

    ``public_names``: the page shows published results, in which the units of the province stand by name.
    """
    found = []
    for match in set(_MARK.finditer(text)):
        what, unit, layer = match.group(1), match.group(2), match.group(3)
        if reader is None or not _may_read(reader, what, unit, int(layer) if layer else None):
            found.append(match.group())
    if not public_names:
        readable = _named(all_, reader)
        found += [name for code, name in NAMES.items() if code not in readable | SPOKEN and name in text]
    return sorted(found)


def _named(all_: Everything, reader: Reader | None) -> set[str]:
    """Units whose names a reader may see: those it reads, and its ancestors."""
    if reader is None:
        return set()
    seen = {all_.one(m.Unit, id_).code for id_ in expected(all_, reader, m.Unit)}
    here: str | None = reader.unit
    parents = {code: parent for code, _, _, parent in UNITS}
    while here is not None:
        seen.add(here)
        here = parents[here]
    return seen


#: What councils write for themselves: not for the unit before a release says so.
_JUDGING = {"returned"}


def _may_read(reader: Reader, what: str, unit: str, layer: int | None) -> bool:
    if reader.role == "auditor":
        return False
    if reader.seated:
        units = {name: set(codes) for name, _, codes in COUNCILS}[reader.council]
        return unit in units and what not in ("notice", "delegation", "withdrawn leaf", "leaf")
    own = unit == reader.unit and reader.role not in ("administrator", "observer")
    if reader.role in ("officer", "leader"):
        if unit != reader.unit:
            return False
    elif not reader.above(unit):
        return False
    if what == "withdrawn leaf":
        return reader.role == "administrator"
    if what == "delegation":
        return reader.manages or own
    if own and what in _JUDGING:
        return False
    if own and layer is not None and layer > Layer.SUPERIOR:
        from tests.permissions.full import RELEASED

        return layer <= RELEASED.get(unit, Layer.SUPERIOR)
    return True


def digest(
    province: Province,
    *,
    without: tuple[type[Any], ...] = (m.LoginSession, m.LoginThrottle, m.AuditEntry, m.AuditHead, m.ReadCount),
) -> Any:
    """Return all rows of all tables but sessions and the trail, to compare before and after."""
    with province.system():
        found = {}
        for mapper in db.Model.registry.mappers:
            if mapper.class_ not in without:
                columns = [getattr(mapper.class_, attribute.key) for attribute in mapper.column_attrs]
                found[mapper.class_] = sorted(map(repr, db.session.execute(select(*columns)).all()))
        return found

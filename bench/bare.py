"""The yardstick: bare Flask views that give the same tables and do the same acts, each with one statement and one template.

They know who asks from the signed cookie alone and check nothing but that: no menu, no language, no process, no windows.
What they write are the same score and audit rows; subtotals are left out.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from typing import Any

import xlsxwriter
from flask import Flask, Response, jsonify, redirect, render_template, request, session
from flask.typing import ResponseReturnValue
from python_calamine import CalamineWorkbook
from sqlalchemy import Connection, Engine, create_engine

from bench import statements
from config import engine_options
from rules.criteria import Rule, stored_rule
from rules.rounding import half_up
from rules.vocabulary import Method

LAYERS = {10: "Tự chấm", 20: "Cấp trên", 30: "Thẩm định", 40: "Thẩm định lại", 45: "Điều tra", 50: "Hội đồng"}
SCALE = 10_000
LOCAL_TIME = timezone(timedelta(hours=7))


@dataclass(frozen=True)
class Bare:
    """The bare application and its engine."""

    app: Flask
    engine: Engine


def points(value: int | None, places: int = 2) -> str:
    """Write stored ten-thousandths with a decimal comma."""
    return "–" if value is None else f"{half_up(Decimal(value).scaleb(-4), places)}".replace(".", ",")


def exact(value: int | None) -> str:
    """Write points with all their decimals, two at least."""
    whole = points(value, 4)
    return whole if value is None or value % 100 else whole[:-2]


def moment(value: datetime | None) -> str:
    return "–" if value is None else f"{value.astimezone(LOCAL_TIME):%H:%M %d/%m/%Y}"


def create_bare(url: str) -> Bare:
    """Build the bare application on the same database, with the same settings of its connections."""
    app = Flask("bench.bare")
    app.secret_key = "bench"  # noqa: S105 - lives for one run
    engine = create_engine(url, **engine_options(url))
    app.jinja_env.filters.update(points=points, exact=exact, moment=moment)
    app.jinja_env.globals.update(LAYERS=LAYERS, rule_of=rule_of)
    bare = Bare(app, engine)
    _reading(bare)
    _writing(bare)
    _files(bare)
    return bare


def rule_of(row: Any) -> Rule:
    maximum = None if row.max_points is None else Decimal(row.max_points).scaleb(-4)
    return stored_rule(Method(row.method), json.dumps(row.rule_json), maximum)


def _asks() -> dict[str, Any]:
    return {key: session[key] for key in ("unit_id", "path", "path_end")}


def _rows(connection: Connection, statement: str, values: Mapping[str, Any]) -> list[Any]:
    return list(connection.exec_driver_sql(statement, dict(values)))


def _reading(bare: Bare) -> None:
    app, engine = bare.app, bare.engine

    @app.get("/login/<int:account_id>/<int:unit_id>/<path>")
    def login(account_id: int, unit_id: int, path: str) -> str:
        session.update(account_id=account_id, unit_id=unit_id, path=path, path_end=path[:-1] + "/")
        return ""

    @app.get("/scores")
    def scores() -> str:
        search = request.args.get("search", "").split()
        with engine.connect() as connection:
            if search:
                terms = {"first": f"%{search[0]}%", "second": f"%{search[-1]}%"}
                rows = _rows(connection, statements.SCORES_SEARCHED, {**_asks(), **terms})
            else:
                rows = _rows(connection, statements.SCORES, _asks())
        return render_template("scores.html", rows=rows)

    @app.get("/forms/<int:form_id>")
    def form(form_id: int) -> str:
        with engine.connect() as connection:
            values = {**_asks(), "form_id": form_id, "last_year": int(request.args["last"])}
            rows = _rows(connection, statements.FORM, values)
        return render_template("form.html", rows=rows, form_id=form_id)

    @app.get("/published/<int:edition_id>")
    def published(edition_id: int) -> str:
        with engine.connect() as connection:
            rows = _rows(connection, statements.PUBLISHED, {"edition_id": edition_id})
        return render_template("published.html", rows=rows)

    @app.get("/provisional/<int:group_id>")
    def provisional(group_id: int) -> str:
        with engine.connect() as connection:
            rows = _rows(connection, statements.PROVISIONAL, {"group_id": group_id})
        return render_template("provisional.html", rows=[(row, _index(row)) for row in rows])


def _index(row: Any) -> str:
    if not row.maximum:
        return "–"
    exact = 100 * Fraction(int(row.achieved), int(row.maximum)) + Fraction(int(row.bonus), SCALE)
    return f"{half_up(min(exact, Fraction(100)), 2)}".replace(".", ",")


def _writing(bare: Bare) -> None:
    app, engine = bare.app, bare.engine

    @app.post("/forms/<int:form_id>/<code>")
    def save_one(form_id: int, code: str) -> ResponseReturnValue:
        saved = _save(engine, form_id, {code: _typed(code)})
        return jsonify(saved[code])

    @app.post("/forms/<int:form_id>")
    def save_form(form_id: int) -> ResponseReturnValue:
        codes = {name.partition(":")[0] for name in request.form if name.endswith(":version")}
        _save(engine, form_id, {code: _typed(code) for code in codes})
        return redirect(f"/forms/{form_id}?last=2023")


def _typed(code: str) -> dict[str, Any]:
    """Read the fields of one leaf as the product's page names them."""
    start = f"{code}:"
    fields = {name.removeprefix(start): request.form.getlist(name) for name in request.form if name.startswith(start)}
    return {name: values if name == "parts" else values[-1] for name, values in fields.items()}


def _save(engine: Engine, form_id: int, typed: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    saved: dict[str, Any] = {}
    updates, traces = [], []
    with engine.begin() as connection:
        values = {"codes": list(typed), "form_id": form_id, "unit_id": session["unit_id"]}
        for leaf in _rows(connection, statements.LEAVES, values):
            fields = typed[leaf.code]
            rule = rule_of(leaf)
            inputs = rule.read(fields)
            outcome = rule.points(inputs)
            stored = None if outcome.points is None else int(outcome.points * SCALE)
            note = fields.get("note", "").strip()
            key = {"id": leaf.score_id, "version": int(fields["version"]), "author_id": session["account_id"]}
            updates.append(
                {
                    **key,
                    "inputs": json.dumps(inputs),
                    "points": stored,
                    "note": note,
                    "not_applicable": outcome.not_applicable,
                }
            )
            changes = json.dumps(
                {"inputs": [None, inputs], "points": [None, str(outcome.points)], "note": [None, note]}
            )
            name = {"name": "Officer", "unit_id": session["unit_id"], "changes": changes}
            traces.append({**key, **name, "id": str(leaf.score_id)})
            saved[leaf.code] = {"version": key["version"] + 1, "points": points(stored), "why": str(outcome.arithmetic)}
        changed = connection.exec_driver_sql(statements.SAVE, updates).rowcount
        if changed != len(updates):
            raise RuntimeError("somebody else saved this meanwhile")
        connection.exec_driver_sql(statements.AUDIT, traces)
    return saved


def _files(bare: Bare) -> None:
    app, engine = bare.app, bare.engine

    @app.get("/scores.xlsx")
    def export() -> Response:
        file = io.BytesIO()
        book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False})
        sheet = book.add_worksheet()
        number = book.add_format({"num_format": "0.00"})
        day = book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        sheet.write_row(0, 0, ["Đơn vị", "Kỳ", "Mã", "Tiêu chí", "Lớp", "Điểm", "Không áp dụng", "Người nhập", "Lúc"])
        with engine.connect() as connection:
            rows = connection.exec_driver_sql(statements.SCORES_EXPORTED, _asks())
            for place, row in enumerate(rows, start=1):
                for column, text in enumerate((row.unit, row.round, row.code, row.criterion, LAYERS[row.layer])):
                    sheet.write_string(place, column, text)
                if row.points is not None:
                    sheet.write_number(place, 5, row.points / SCALE, number)
                sheet.write_string(place, 6, "Có" if row.not_applicable else "Không")
                sheet.write_string(place, 7, row.author or "")
                sheet.write_datetime(place, 8, row.updated_at.astimezone(LOCAL_TIME).replace(tzinfo=None), day)
        book.close()
        return Response(file.getvalue(), mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")

    @app.post("/survey/<round_code>")
    def survey(round_code: str) -> ResponseReturnValue:
        upload = request.files["file"]
        table = CalamineWorkbook.from_filelike(io.BytesIO(upload.read())).get_sheet_by_index(0).to_python()
        with engine.begin() as connection:
            found = _rows(connection, statements.SURVEY_LEAVES, {"round_code": round_code})
            leaves = {(row.unit_code, row.code): row for row in found}
            rows = list(_survey_rows(table, leaves))
            connection.exec_driver_sql(statements.PUT_SURVEY, rows)
            connection.exec_driver_sql(statements.AUDIT_SURVEY, rows)
        return redirect(f"/survey/{round_code}")


def _survey_rows(table: list[list[Any]], leaves: Mapping[tuple[str, str], Any]) -> Iterator[dict[str, Any]]:
    for _round, unit_code, code, _layer, rate in table[1:]:
        leaf = leaves[str(unit_code), str(code)]
        maximum = Decimal(leaf.max_points).scaleb(-4)
        rule = stored_rule(Method.SURVEY, json.dumps(leaf.rule_json), maximum)
        inputs = rule.read({"rate": str(rate)})
        outcome = rule.points(inputs)
        yield {
            **{key: getattr(leaf, key) for key in ("form_id", "unit_id", "criteria_set_id", "criterion_id")},
            "inputs": json.dumps(inputs),
            "points": int((outcome.points or Decimal(0)) * SCALE),
            "author_id": session["account_id"],
        }

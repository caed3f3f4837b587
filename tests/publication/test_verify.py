"""``flask verify`` finds nothing in a sound province, and names what was changed behind the product's back."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from extensions import db
from services.verify import verify
from tests.support.world import Province


def _verify(app: Flask) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["verify"])
    return result.exit_code, result.output


def test_a_sound_province_has_no_difference(done: Province) -> None:
    code, output = _verify(done.app)
    assert code == 0, output


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE subtotal SET achieved = achieved + 1 WHERE id = (SELECT max(id) FROM subtotal)", "Subtotal"),
        ("DELETE FROM subtotal WHERE id = (SELECT max(id) FROM subtotal)", "Subtotal"),
        ("UPDATE score SET points = points - 1 WHERE id = (SELECT max(id) FROM score)", "Score"),
        ("DELETE FROM score WHERE id = (SELECT max(id) FROM score)", "Score"),
        ("UPDATE field_sheet SET state = 'approved' WHERE id = (SELECT max(id) FROM field_sheet)", "FieldSheet"),
        ("UPDATE edition_row SET rank = 3 WHERE position = 1", "Edition"),
        ("UPDATE edition_row SET achieved = achieved + 1 WHERE position = 1", "Edition"),
        ("UPDATE edition_leaf SET points = 0 WHERE id = (SELECT min(id) FROM edition_leaf)", "Edition"),
        ("UPDATE edition_leaf SET remark = 'x' WHERE id = (SELECT min(id) FROM edition_leaf)", "Edition"),
        ("UPDATE edition SET decision_number = 'x'", "Edition"),
    ],
)
def test_what_was_changed_in_the_database_is_named(done: Province, statement: str, words: str) -> None:
    with done.system(), db.engine.begin() as connection:
        connection.execute(text(statement))
    with done.system():
        faults = [str(fault) for fault in verify(db.session()).faults]

    assert any(fault.startswith(words) for fault in faults)
    assert _verify(done.app)[0] == 1

"""Every word of the trail is one that people read: rooms, kinds of things and columns, of all there are."""

from __future__ import annotations

import pytest

from extensions import db
from i18n import translations_of
from permissions.trail import SILENT_COLUMNS, UNAUDITED
from services.trail import words
from tests.support.world import Province

MODELS = sorted(
    (mapper.class_ for mapper in db.Model.registry.mappers if mapper.class_ not in UNAUDITED),
    key=lambda model: str(model.__name__),
)


def in_vietnamese(word: str) -> bool:
    return bool(translations_of("vi").gettext(word) != word)


def test_every_room_has_its_name(province: Province) -> None:
    rooms = [name for name in province.app.blueprints if not name.startswith("admin_") and "." not in name]
    assert [name for name in rooms if not in_vietnamese(words.thing(name).id)] == []
    assert all(in_vietnamese(said.id) for said in words.ROOMS.values())


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_kind_of_thing_and_each_of_its_columns_has_words_or_is_left_out(model: type) -> None:
    assert in_vietnamese(words.thing(model.__name__).id), model.__name__
    columns = {attribute.key for attribute in model.__mapper__.column_attrs}  # type: ignore[attr-defined]
    told = columns - SILENT_COLUMNS - set(words.DERIVED)
    assert [name for name in sorted(told) if not in_vietnamese(words.column(name).id)] == []

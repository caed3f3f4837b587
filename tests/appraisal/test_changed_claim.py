"""A claim that becomes another one after it was appraised reaches no council unseen (Điều 4.1, 7.3)."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

import models as m
from extensions import db
from models import clock
from rules.vocabulary import Layer, State
from services import appraisal, supervision
from services.score import Entry
from tests.appraisal import steps
from tests.support.world import Province

HELPER = "helper.h1"


@pytest.fixture
def kept(province: Province) -> Province:
    """Field 1 of a commune, every claim kept by the helper, not handed in yet."""
    steps.claim(province, "X11")
    steps.lock(province)
    steps.keep_all(province, HELPER, "X11")
    return province


def _of_superior(province: Province, option: str) -> None:
    id_ = steps.sheet_id(province, "X11")
    with province.acting("manager.h1"):
        sheet = db.session.get_one(m.FieldSheet, id_)
        entry = Entry({"option": option}, reason="Không ban hành đúng hạn")
        supervision.score(sheet, steps.leaf_of(sheet.criteria_set_id, "1.1"), entry)


def _state(province: Province) -> State:
    with province.system():
        return db.session.get_one(m.FieldSheet, steps.sheet_id(province, "X11")).state


def _waiting(province: Province) -> str:
    with pytest.raises(appraisal.Incomplete) as left:
        steps.hand_in(province, HELPER, "X11")
    assert _state(province) is State.APPRAISAL
    return str(left.value)


def _appraised(province: Province) -> m.Score:
    return steps.scores(province, "X11", Layer.APPRAISAL)["1.1"]


def test_a_superior_s_value_after_the_appraisal_is_looked_at_first(kept: Province) -> None:
    _of_superior(kept, "2")
    assert _waiting(kept) == "1.1"
    steps.appraise(kept, HELPER, "X11", "1.1", Entry({"option": "2"}, version=_appraised(kept).version))
    steps.hand_in(kept, HELPER, "X11")
    assert _appraised(kept).points == Decimal(0)


def test_the_helper_may_stay_with_the_same_points_and_says_why(kept: Province) -> None:
    _of_superior(kept, "2")
    before = _appraised(kept)
    entry = Entry({"option": "1"}, reason="Có văn bản kèm theo", version=before.version)
    steps.appraise(kept, HELPER, "X11", "1.1", entry)
    steps.hand_in(kept, HELPER, "X11")
    assert _appraised(kept).points == before.points


def test_the_same_words_again_count_as_said_to_the_new_claim(kept: Province) -> None:
    version = _appraised(kept).version
    steps.appraise(kept, HELPER, "X11", "1.1", Entry({"option": "0"}, reason="Có văn bản", version=version))
    _of_superior(kept, "2")
    assert _waiting(kept) == "1.1"
    version = _appraised(kept).version
    steps.appraise(kept, HELPER, "X11", "1.1", Entry({"option": "0"}, reason="Có văn bản", version=version))
    assert _appraised(kept).version > version
    steps.hand_in(kept, HELPER, "X11")


def test_a_superior_who_says_what_was_appraised_asks_for_nothing(kept: Province) -> None:
    _of_superior(kept, "1")
    steps.hand_in(kept, HELPER, "X11")
    assert _state(kept) is State.APPRAISED


def test_a_reopened_form_is_appraised_as_it_stands_then(kept: Province) -> None:
    with kept.acting("manager.h1"):
        form = db.session.get_one(m.Assessment, kept.form_id("X11"))
        supervision.reopen(form, clock.now() + timedelta(days=2), "Bổ sung")
    version = steps.scores(kept, "X11", Layer.SELF)["1.1"].version
    steps.claim(kept, "X11", {"1.1": Entry({"option": "0"}, version=version)}, sign=False)
    kept.move_clock(days=14)
    assert _waiting(kept) == "1.1"


def test_the_list_of_claims_to_keep_names_it_and_the_pages_say_so(kept: Province) -> None:
    _of_superior(kept, "2")
    id_ = steps.sheet_id(kept, "X11")
    with steps.seated(kept, HELPER) as person:
        found = appraisal.keeping(person, [db.session.get_one(m.FieldSheet, id_)])
        assert found.lines == []
        assert [one.leaf.criterion.code for one in found.left_out] == ["1.1"]
    client = kept.client(HELPER)
    assert "đã thay đổi sau khi thẩm định" in client.get(f"/appraisal/{id_}?leaf=1.1").get_data(as_text=True)
    assert "đã thay đổi sau khi thẩm định" in client.get(f"/appraisal/{id_}/hand-in").get_data(as_text=True)

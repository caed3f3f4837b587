"""What is kept at each hand-over: whole, in the transaction of the act, and no more than its layer tells."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select

import models as m
from extensions import db
from models import clock
from rules.vocabulary import Basis, Layer
from services import approval, assessment, supervision
from services.assessment import Unready
from services.score import Entry
from tests.appraisal import steps
from tests.history import story
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture
def closed(province: Province, database: Database) -> Province:
    return steps.state(province, database, "history", lambda: story.judged(province))


def leaf(snapshot: m.Snapshot, code: str) -> dict[str, Any]:
    return next(one for field in snapshot.content["fields"] for one in field["leaves"] if one["code"] == code)


def test_each_hand_over_keeps_what_it_handed_over(closed: Province) -> None:
    kept = [(one.verb, one.layer, one.field_id is None) for one in story.snapshots(closed)]
    assert kept == [
        ("sign", Layer.SUPERIOR, True),
        ("hand_in", Layer.APPRAISAL, False),
        ("approve", Layer.COUNCIL, False),
        ("close_field", Layer.COUNCIL, False),
    ]


def test_the_signature_keeps_the_whole_form_as_it_was_signed(closed: Province) -> None:
    signed = story.snapshots(closed)[0]
    assert [field["code"] for field in signed.content["fields"]] == ["1", "2", "8", "9"]
    kept = leaf(signed, "1.1")
    assert (kept["name"], kept["maximum"], kept["exempt"]) == ("Ban hành kế hoạch", "10", None)
    own = kept["layers"][str(int(Layer.SELF))]
    assert (own["inputs"], own["points"], own["note"]) == ({"option": "0"}, "10", story.LATER_NOTE)
    assert own["author"] == "Cán bộ Xã Ấp Bắc"
    assert [(paper["number"], paper["page"]) for paper in kept["evidence"]] == [("05/KH-UBND", "3")]
    assert list(kept["layers"]) == [str(int(Layer.SELF))], "the superior came later"


def test_the_snapshot_says_who_acted_for_whom(closed: Province) -> None:
    signed, handed_in = story.snapshots(closed)[:2]
    assert signed.author_name == "Cán bộ Xã Ấp Bắc"
    assert (signed.authority, signed.on_behalf_of) == ("leader · Xã Ấp Bắc", "Lãnh đạo Xã Ấp Bắc")
    assert (handed_in.author_name, handed_in.authority) == ("Tổ viên Huyện", "helper · Hội đồng huyện 1")


def test_a_hand_in_keeps_its_field_alone_with_the_layers_below(closed: Province) -> None:
    handed_in = story.snapshots(closed)[1]
    assert [field["code"] for field in handed_in.content["fields"]] == ["1"]
    said = leaf(handed_in, "1.1")["layers"]
    assert set(said) == {str(int(layer)) for layer in (Layer.SELF, Layer.SUPERIOR, Layer.APPRAISAL)}
    assert said[str(int(Layer.SUPERIOR))]["reason"] == story.SUPERIOR_REASON
    assert leaf(handed_in, "1.2.1")["layers"][str(int(Layer.APPRAISAL))]["reason"] == story.HELPER_REASON


def test_its_sums_are_those_of_the_product(closed: Province) -> None:
    approved = story.snapshots(closed)[2].content["fields"][0]["sums"]
    with closed.system():
        sheet = steps.sheet_id(closed, story.UNIT)
        stored = {row.basis: row for row in db.session.scalars(select(m.Subtotal).where(m.Subtotal.sheet_id == sheet))}
        assert set(approved) == {basis.value for basis in Basis}
        for basis, row in stored.items():
            kept = approved[basis.value]
            assert (Decimal(kept["achieved"]), Decimal(kept["maximum"])) == (row.achieved, row.maximum)
            assert (kept["leaves"], kept["scored"]) == (row.leaves, row.scored)


def test_what_is_sent_back_is_kept_before_it_is_undone(province: Province) -> None:
    story.claimed(province)
    steps.lock(province)
    steps.keep_all(province, "helper.h1", story.UNIT)
    steps.hand_in(province, "helper.h1", story.UNIT)
    story.change(province, "1.3", Entry({"met": "0"}, reason=story.COUNCIL_REASON))
    story.send_back(province)
    back = story.snapshots(province)[-1]
    assert (back.verb, back.layer, back.reason) == ("send_back", Layer.COUNCIL, story.BACK_REASON)
    assert leaf(back, "1.3")["layers"][str(int(Layer.COUNCIL))]["reason"] == story.COUNCIL_REASON
    assert "1.3" not in steps.scores(province, story.UNIT, Layer.COUNCIL)


def test_what_a_superior_reopens_is_kept_before_it_is_undone(closed: Province) -> None:
    with closed.acting("manager.h1"):
        approval.reopen_field(db.session.get_one(m.FieldSheet, steps.sheet_id(closed, story.UNIT)), "Sai số liệu")
    back = story.snapshots(closed)[-1]
    assert (back.verb, back.reason, back.author_name) == ("reopen_field", "Sai số liệu", "Phạm Huyện Một")
    assert leaf(back, "1.3")["layers"][str(int(Layer.COUNCIL))]["points"] == "0"


def test_a_reopened_form_keeps_what_was_signed(province: Province) -> None:
    story.claimed(province)
    steps.lock(province)
    steps.keep_all(province, "helper.h1", story.UNIT)
    with province.acting("manager.h1"):
        end = clock.now() + timedelta(days=5)
        supervision.reopen(story.form(province), end, "Thiếu tài liệu")
    back = story.snapshots(province)[-1]
    assert (back.verb, back.layer, back.field_id, back.reason) == ("reopen", Layer.SUPERIOR, None, "Thiếu tài liệu")
    assert leaf(back, "1.1")["layers"][str(int(Layer.SELF))]["points"] == "10"
    assert list(leaf(back, "1.1")["layers"]) == [str(int(Layer.SELF))], "the unit reads it: nothing of the appraisal"


def test_a_refused_signature_keeps_nothing(province: Province) -> None:
    with province.acting("leader.x11"), pytest.raises(Unready):
        assessment.sign(story.form(province))
    with province.system():
        assert db.session.scalar(select(func.count()).select_from(m.Snapshot)) == 0


def test_the_hand_in_of_the_survey_field_tells_of_the_survey(province: Province) -> None:
    """Whoever was told of the appraisal alone does not read the survey's rate in a snapshot."""
    story.claimed(province)
    steps.lock(province)
    steps.survey(province, story.UNIT)
    steps.hand_in(province, "helper.h1", story.UNIT, "8")
    assert story.snapshots(province)[-1].layer is Layer.SURVEY


def test_approving_costs_the_same_for_every_sheet(closed: Province) -> None:
    """A hand-over adds a fixed number of statements to its act, however much the field holds."""
    with closed.acting("manager.h1"):
        approval.reopen_field(db.session.get_one(m.FieldSheet, steps.sheet_id(closed, story.UNIT)), "Sai số liệu")
    with steps.counted(closed) as sent:
        steps.hand_in(closed, "helper.h1", story.UNIT)
    reads = [one for one in sent if one.startswith("SELECT") and "FROM score" in one.replace("\n", " ")]
    assert len([one for one in sent if one.startswith("INSERT INTO snapshot")]) == 1
    assert len(reads) <= 3

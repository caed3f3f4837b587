"""From closed fields to an edition: checks, the ranking, the freeze, correction and withdrawal."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from models.situation import situation
from permissions.gate import Refused
from rules.rounding import half_up
from rules.vocabulary import Layer, RankBy, State, TieRule
from services.edition import stored_rows
from services.publication import Severity, checks, prepare, publish, withdraw
from services.verify import edition_faults
from tests.support.results import (
    COMMUNES,
    DECISION,
    by_hand,
    close,
    group_id,
    preview_mark,
    published,
    put,
    world,
)
from tests.support.world import Province


def _group(province: Province, code: str = "commune") -> m.RankingGroup:
    return db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.code == code)).one()


def _rows(province: Province, edition_id: int) -> dict[str, m.EditionRow]:
    with province.system():
        rows = db.session.scalars(
            select(m.EditionRow).where(m.EditionRow.edition_id == edition_id).order_by(m.EditionRow.position)
        ).all()
        db.session.expunge_all()
        return {row.unit_code: row for row in rows}


def _blocking(province: Province, code: str = "commune") -> list[tuple[str, tuple[str, ...]]]:
    with province.acting("admin"):
        candidate = prepare(db.session(), _group(province, code), clock.now())
        return [(str(c.message), c.units) for c in checks(db.session(), candidate) if c.severity is Severity.BLOCKS]


def test_open_fields_and_missing_survey_block_and_name_the_units(province: Province) -> None:
    with world(province) as building:
        close(building, "X11")
    found = _blocking(province)
    assert len([line for line, _ in found if "is not closed" in line]) == 4
    assert all(
        names == ("Xã Đức Hòa", "Xã Ấp Nam", "Phường Định Quán") for line, names in found if "not closed" in line
    )
    assert [names for line, names in found if "8.1" in line] == [
        ("Xã Ấp Bắc", "Xã Đức Hòa", "Xã Ấp Nam", "Phường Định Quán")
    ]
    seen = preview_mark(province)
    with province.acting("admin"), pytest.raises(Refused):
        publish(group_id(province), *DECISION, seen)


def _preview(province: Province) -> str:
    return prepare(db.session(), _group(province), clock.now()).seen


def test_the_council_or_an_exemption_stands_in_for_a_missing_survey_value(province: Province) -> None:
    with world(province) as building:
        close(building, *COMMUNES)
        for unit in COMMUNES[1:]:
            put(building, unit, Layer.SURVEY, {"8.1": {"rate": "70"}})
    assert [names for line, names in _blocking(province) if "8.1" in line] == [("Xã Ấp Bắc",)]
    with world(province) as building:
        put(building, "X11", Layer.COUNCIL, {"8.1": {"rate": "70"}}, reason="Lấy theo biên bản")
    assert not _blocking(province)


def test_ranks_classes_and_figures_of_the_edition(closed: Province) -> None:
    rows = _rows(closed, published(closed))
    assert [(row.unit_code, row.rank, row.rank_in_parent, row.class_name) for row in rows.values()] == [
        ("X11", 1, 1, "Xuất sắc"),
        ("X21", 1, 1, "Xuất sắc"),
        ("X12", 2, 2, "Tốt"),
        ("X22", None, None, ""),
    ]
    for code in ("X11", "X21", "X12"):
        assert Fraction(rows[code].achieved) == by_hand(closed, code)
        assert rows[code].index == half_up(by_hand(closed, code), 2)
        assert not rows["X22"].ranked


def test_the_other_tie_rule_leaves_a_gap(closed: Province) -> None:
    with world(closed):
        db.session.scalars(select(m.Round)).one().tie_rule = TieRule.COMPETITION
    assert [row.rank for row in _rows(closed, published(closed)).values()] == [1, 1, 3, None]


def test_a_round_may_rank_units_that_entered_nothing(closed: Province) -> None:
    with world(closed):
        db.session.scalars(select(m.Round)).one().rank_unentered = True
    row = _rows(closed, published(closed))["X22"]
    assert (row.ranked, row.rank, row.index, row.class_name) == (True, 3, Decimal(16), "Yếu")


def test_classes_include_their_lower_bound(closed: Province) -> None:
    with world(closed) as building:
        put(building, "X12", Layer.COUNCIL, {"8.1": {"rate": "75"}}, reason="Theo kết quả chính thức")
    row = _rows(closed, published(closed))["X12"]
    assert (row.index, row.class_name) == (Decimal(90), "Xuất sắc")


def test_index_stands_over_the_maximum_that_applies(province: Province) -> None:
    """VP has no administrative procedures: 20 of its 100 points do not apply."""
    with world(province) as building:
        for unit in ("SNV", "SA", "SB", "VP"):
            put(building, unit, Layer.SELF, {"1.1": {"option": "0"}})
            put(building, unit, Layer.SURVEY, {"8.1": {"rate": "100"}})
        close(building, "SNV", "SA", "SB", "VP")
    rows = _rows(province, published(province, "department"))
    assert (rows["VP"].maximum, rows["VP"].index) == (Decimal(80), half_up(Fraction(3000, 80), 2))
    assert (rows["SA"].maximum, rows["SA"].index) == (Decimal(100), Decimal(30))
    assert [row.rank_in_parent for row in rows.values()] == [None] * 4


def test_ranking_by_points_is_refused_where_maxima_differ(province: Province) -> None:
    with world(province) as building:
        db.session.scalars(select(m.Round)).one().rank_by = RankBy.POINTS
        for unit in ("SNV", "SA", "SB", "VP"):
            put(building, unit, Layer.SELF, {"1.1": {"option": "0"}})
            put(building, unit, Layer.SURVEY, {"8.1": {"rate": "100"}})
        close(building, "SNV", "SA", "SB", "VP")
    assert [line for line, _ in _blocking(province, "department") if "ranks by points" in line]
    with province.acting("admin"), pytest.raises(Refused):
        publish(group_id(province, "department"), *DECISION, "x")


def test_bonus_and_penalty_move_the_index_within_their_caps(closed: Province) -> None:
    with world(closed) as building:
        put(building, "X12", Layer.SELF, {"9.1": {"count": "2"}})
        put(building, "X12", Layer.APPRAISAL, {"9.2": {"count": "1"}})
    row = _rows(closed, published(closed))["X12"]
    assert (row.bonus, row.penalty, row.index) == (Decimal(2), Decimal("0.25"), Decimal("85.75"))


def test_leaves_keep_own_points_and_remarks_of_those_above(closed: Province) -> None:
    edition_id = published(closed)
    with closed.system():
        leaves = {
            leaf.code: leaf
            for leaf in db.session.scalars(
                select(m.EditionLeaf).where(
                    m.EditionLeaf.edition_id == edition_id,
                    m.EditionLeaf.unit_id == select(m.Unit.id).where(m.Unit.code == "X11").scalar_subquery(),
                )
            )
        }
        db.session.expunge_all()
    assert len(leaves) == 11
    assert (leaves["1.3"].self_points, leaves["1.3"].points) == (Decimal(10), Decimal(10))
    assert leaves["1.3"].remark == "Đủ minh chứng, khớp hồ sơ X11"
    assert leaves["1.1"].remark == ""
    assert (leaves["9.2"].points, leaves["9.2"].scored) == (Decimal(0), False)


def test_publication_releases_the_forms_and_tells_the_units(closed: Province) -> None:
    published(closed)
    with closed.system():
        forms = db.session.scalars(select(m.Assessment).where(m.Assessment.group_id == group_id(closed))).all()
        assert {form.released for form in forms} == {Layer.COUNCIL}
        assert len(db.session.scalars(select(m.Notice)).all()) == len(forms) == 4
    form_id = closed.form_id("X11")
    with closed.acting("officer.x11"):
        form = db.session.get_one(m.Assessment, form_id)
        assert situation(db.session(), form, clock.now()).published


def test_a_correction_is_a_new_edition_and_frozen_rows_stay(closed: Province) -> None:
    first = published(closed)
    before = _rows(closed, first)
    with world(closed) as building:
        put(building, "X12", Layer.COUNCIL, {"8.1": {"rate": "95"}}, reason="Đính chính")
    second = published(closed)
    with closed.system():
        editions = db.session.scalars(select(m.Edition).order_by(m.Edition.number)).all()
        assert [(e.id, e.number, e.in_force) for e in editions] == [(first, 1, False), (second, 2, True)]
    assert _rows(closed, first)["X12"].index == before["X12"].index == Decimal(84)
    corrected = _rows(closed, second)["X12"]
    assert (corrected.index, corrected.class_name) == (Decimal(94), "Xuất sắc")


def test_what_is_published_is_what_was_looked_at(closed: Province) -> None:
    seen = preview_mark(closed)
    with world(closed) as building:
        put(building, "X12", Layer.COUNCIL, {"8.1": {"rate": "95"}}, reason="Đổi sau khi xem")
    with closed.acting("admin"), pytest.raises(Refused) as refused:
        publish(group_id(closed), *DECISION, seen)
    assert refused.value.verdict.refusal == "state"


def test_of_two_who_publish_at_once_one_wins(closed: Province) -> None:
    seen = preview_mark(closed)
    with closed.acting("admin"):
        publish(group_id(closed), *DECISION, seen)
    with closed.acting("admin"), pytest.raises(Refused) as refused:
        publish(group_id(closed), *DECISION, seen)
    assert refused.value.verdict.refusal == "state"
    with closed.system():
        assert len(db.session.scalars(select(m.Edition)).all()) == 1


def test_withdrawal_needs_a_reason_and_hides_the_edition(closed: Province) -> None:
    edition_id = published(closed)
    with closed.acting("admin"), pytest.raises(Refused) as refused:
        withdraw(edition_id, "  ")
    assert refused.value.verdict.refusal == "reason"
    with closed.acting("admin"):
        withdraw(edition_id, "Sai số liệu điều tra")
    with closed.acting("officer.x11"):
        assert db.session.scalars(select(m.Edition.id)).all() == []
        assert db.session.scalars(select(m.EditionRow.id)).all() == []
        assert db.session.scalars(select(m.EditionField.id)).all() == []
    with closed.acting("admin"), pytest.raises(Refused):
        withdraw(edition_id, "Lần nữa")
    assert published(closed) != edition_id


@pytest.mark.parametrize("login", ["manager.h1", "leader.x11", "chair.p", "observer", "auditor"])
def test_only_so_noi_vu_publishes_and_withdraws(closed: Province, login: str) -> None:
    edition_id = published(closed)
    with closed.acting(login), pytest.raises(Refused):
        publish(group_id(closed), *DECISION, "x")
    with closed.acting(login), pytest.raises(Refused):
        withdraw(edition_id, "Không có quyền")


def test_the_digest_covers_every_frozen_figure(closed: Province) -> None:
    edition_id = published(closed)
    with closed.system():
        edition = db.session.get_one(m.Edition, edition_id)
        assert edition_faults(db.session(), edition) == []
        assert len(stored_rows(db.session(), edition_id)) == 4


def test_an_unapproved_field_leaves_the_group_without_ranking(closed: Province) -> None:
    with world(closed):
        form = closed.form_id("X21")
        sheet = db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id == form)).first()
        assert sheet is not None
        sheet.state, sheet.minutes_number, sheet.minutes_on = State.APPRAISED, None, None
        from services import subtotal

        subtotal.refresh(db.session(), [sheet])
    with closed.acting("admin"):
        assert prepare(db.session(), _group(closed), clock.now()).rows == []

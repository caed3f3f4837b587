"""The superior's board and acts, as district manager and as Sở Nội vụ, over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event, select

import models as m
from extensions import db
from i18n import to_local
from rules.vocabulary import Layer, State
from tests.support.world import Province, token

ClientFor = Callable[[str], FlaskClient]


def post(client: FlaskClient, path: str, **data: Any) -> Any:
    return client.post(path, data={"csrf_token": token(client, "/progress/"), **data})


def local(**delta: float) -> str:
    return to_local(datetime.now(UTC) + timedelta(**delta)).strftime("%Y-%m-%dT%H:%M")


def sign(province: Province, unit: str) -> int:
    """Let a form stand signed, as its leader would leave it."""
    form_id = province.form_id(unit)
    with province.system():
        form = db.session.get_one(m.Assessment, form_id)
        leader = db.session.scalars(select(m.Account.id).where(m.Account.username == f"leader.{unit.lower()}")).one()
        db.session.connection().execute(
            m.Assessment.__table__.update()
            .where(m.Assessment.id == form.id)
            .values(signed_at=datetime.now(UTC), signed_by_id=leader, receipt=f"R{form_id}")
        )
        db.session.commit()
    return form_id


def test_a_district_sees_its_communes_and_no_trace_of_others(client_for: ClientFor) -> None:
    page = client_for("manager.h1").get("/progress/").get_data(as_text=True)
    assert "Xã Ấp Bắc" in page
    assert "Xã Đức Hòa" in page
    for other in ("Huyện Đông Thạnh", "Xã Ấp Nam", "Phường Định Quán", "Sở Tư pháp"):
        assert other not in page


@pytest.mark.parametrize("typed", ["ap bac", "ẤP BẮC", "Ấp Bắc"])
def test_search_needs_no_diacritics(client_for: ClientFor, typed: str) -> None:
    page = client_for("admin").get("/progress/", query_string={"search": typed}).get_data(as_text=True)
    assert "Xã Ấp Bắc" in page
    assert "Xã Đức Hòa" not in page


def test_a_form_of_another_district_is_absent_for_every_act(province: Province, client_for: ClientFor) -> None:
    other = province.form_id("X21")
    client = client_for("manager.h1")
    assert client.get(f"/progress/{other}").status_code == 404
    assert client.get(f"/progress/{other}/leaves/1.1").status_code == 404
    for verb in ("remind", "extend", "reopen", "release"):
        data = {"text": "x", "reason": "x", "ends_at": local(days=20), "layer": "30"}
        assert post(client, f"/progress/{other}/{verb}", **data).status_code == 404
    assert post(client, "/progress/many", verb="remind", form=[str(other)], confirmed="yes").status_code == 404
    with province.system():
        assert db.session.scalars(select(m.Notice)).all() == []


def test_officers_and_seats_have_no_board(client_for: ClientFor) -> None:
    for login in ("officer.x11", "leader.sa", "helper.h1", "auditor"):
        assert client_for(login).get("/progress/").status_code == 403


def test_an_observer_reads_and_changes_nothing(province: Province, client_for: ClientFor) -> None:
    client = client_for("observer")
    form_id = province.form_id("X11")
    assert client.get(f"/progress/{form_id}").status_code == 200
    assert post(client, f"/progress/{form_id}/remind", text="x").status_code == 403


def test_a_reminder_reaches_the_unit(province: Province, client_for: ClientFor) -> None:
    form_id = province.form_id("X11")
    assert post(client_for("manager.h1"), f"/progress/{form_id}/remind", text="Còn 2 ngày").status_code == 302
    with province.acting("officer.x11"):
        notice = db.session.scalars(select(m.Notice)).one()
        assert notice.text == "Còn 2 ngày"
    with province.acting("officer.x12"):
        assert db.session.scalars(select(m.Notice)).all() == []


def test_an_extension_opens_the_form_after_the_common_deadline(province: Province, client_for: ClientFor) -> None:
    form_id = province.form_id("X11")
    client = client_for("manager.h1")
    answer = post(client, f"/progress/{form_id}/extend", ends_at=local(days=12), reason="Mất điện")
    assert answer.status_code == 302
    province.move_clock(days=11)
    with province.acting("manager.h1"):
        from models.situation import situations
        from permissions.actor import current_actor

        actor = current_actor()
        assert actor is not None
        forms = db.session.scalars(select(m.Assessment).join(m.Unit).where(m.Unit.code.in_(["X11", "X12"]))).all()
        seen = situations(db.session(), forms, actor.now)
        phases = {form.unit.code: seen[form.id].phase for form in forms}
    assert phases == {"X11": State.DRAFT, "X12": State.APPRAISAL}


@pytest.mark.parametrize(
    ("ends_at", "reason"),
    [("", "x"), ("hôm qua", "x"), ("2024-01-01T08:00", "x"), ("9999-99-99T00:00", "x"), ("now", ""), ("soon", "x")],
)
def test_a_bad_extension_is_told_at_the_field_and_changes_nothing(
    province: Province, client_for: ClientFor, ends_at: str, reason: str
) -> None:
    form_id = province.form_id("X11")
    given = {"now": local(days=12), "soon": local(days=5)}.get(ends_at, ends_at)
    answer = post(client_for("manager.h1"), f"/progress/{form_id}/extend", ends_at=given, reason=reason)
    assert answer.status_code == 422
    assert 'aria-invalid="true"' in answer.get_data(as_text=True)
    with province.system():
        assert db.session.scalars(select(m.Extension)).all() == []


def test_a_signed_form_closes_early_and_reopens_with_a_reason(province: Province, client_for: ClientFor) -> None:
    form_id = sign(province, "X11")
    client = client_for("admin")
    assert post(client_for("manager.h1"), f"/progress/{form_id}/close_early").status_code == 403
    assert post(client, f"/progress/{form_id}/close_early").status_code == 302
    with province.acting("helper.h1"):
        assert db.session.get(m.Assessment, form_id) is not None
    answer = post(
        client_for("manager.h1"), f"/progress/{form_id}/reopen", ends_at=local(days=15), reason="Thiếu số liệu"
    )
    assert answer.status_code == 302
    with province.acting("helper.h1"):
        assert db.session.get(m.Assessment, form_id) is None
    with province.system():
        form = db.session.get_one(m.Assessment, form_id)
        assert (form.signed_at, form.closed_at) == (None, None)


def test_a_draft_cannot_be_closed_early(province: Province, client_for: ClientFor) -> None:
    assert post(client_for("admin"), f"/progress/{province.form_id('X11')}/close_early").status_code == 409


def test_the_superior_enters_its_own_layer_with_a_reason(province: Province, client_for: ClientFor) -> None:
    form_id = province.form_id("X11")
    client = client_for("manager.h1")
    path = f"/progress/{form_id}/leaves/1.2.1"
    assert client.get(path).status_code == 200
    figures = {"numerator": "41", "denominator": "48", "version": "0"}
    refused = post(client, path, **figures, reason=" ")
    assert refused.status_code == 422
    assert 'value="41"' in refused.get_data(as_text=True)
    forged = {"layer": "50", "unit_id": "1", "points": "10", "author_id": "1"}
    assert post(client, path, **figures, reason="Theo số liệu của huyện", **forged).status_code == 302
    with province.system():
        score = db.session.scalars(select(m.Score)).one()
        entry = db.session.scalars(select(m.AuditEntry).where(m.AuditEntry.object_type == "Score")).one()
        assert (score.layer, score.unit_id) == (Layer.SUPERIOR, entry.unit_id)
        assert (entry.verb, entry.reason) == ("score_superior", "Theo số liệu của huyện")
    with province.acting("officer.x11"):
        assert db.session.scalars(select(m.Score)).one().reason == "Theo số liệu của huyện"
        assert db.session.scalars(select(m.Notice)).one().message.params["code"] == "1.2.1"


def test_a_stale_superior_value_is_refused(province: Province, client_for: ClientFor) -> None:
    path = f"/progress/{province.form_id('X11')}/leaves/1.3"
    client = client_for("manager.h1")
    assert post(client, path, met="1", reason="a", version="0").status_code == 302
    assert post(client, path, met="0", reason="b", version="0").status_code == 422
    with province.system():
        assert db.session.scalars(select(m.Score)).one().inputs == {"met": "1"}


def test_not_applicable_leaves_the_maximum_and_comes_back(province: Province, client_for: ClientFor) -> None:
    form_id = province.form_id("X11")
    client = client_for("admin")

    def leaves() -> int:
        with province.system():
            return sum(
                db.session.scalars(
                    select(m.Subtotal.leaves).where(m.Subtotal.assessment_id == form_id, m.Subtotal.basis == "self")
                )
            )

    before = leaves()
    path = f"/progress/{form_id}/leaves/1.5/exempt"
    assert post(client_for("manager.h1"), path, reason="x").status_code == 403
    assert post(client, path, reason="").status_code == 422
    assert post(client, path, reason="Không có chức năng").status_code == 302
    assert leaves() == before - 1
    assert post(client, path, reason="Nhầm", applies="yes").status_code == 302
    assert leaves() == before


def test_many_first_shows_the_list_then_acts_on_exactly_it(province: Province, client_for: ClientFor) -> None:
    forms = [str(province.form_id(unit)) for unit in ("X11", "X12")]
    client = client_for("manager.h1")
    preview = post(client, "/progress/many", verb="remind", form=forms)
    assert "Xã Ấp Bắc" in preview.get_data(as_text=True)
    with province.system():
        assert db.session.scalars(select(m.Notice)).all() == []
    assert post(client, "/progress/many", verb="remind", form=forms, confirmed="yes", text="Nhắc").status_code == 302
    with province.system():
        assert sorted(db.session.scalars(select(m.Notice.assessment_id))) == sorted(map(int, forms))


@pytest.mark.parametrize(
    "query", ["round=abc", "round=99999999999999999999", "group=-1", "state=nonsense", "search=%00"]
)
def test_hostile_queries_answer(client_for: ClientFor, query: str) -> None:
    assert client_for("admin").get(f"/progress/?{query}").status_code == 200


def test_the_board_costs_the_same_for_two_forms_and_for_ten(province: Province, client_for: ClientFor) -> None:
    few, many = client_for("manager.h1"), client_for("admin")
    counts: list[int] = []
    with province.app.app_context():
        engine = db.engine
    for client in (few, many):
        client.get("/progress/")
        statements: list[str] = []

        def count(_c: Any, _u: Any, statement: str, *_rest: Any, into: list[str] = statements) -> None:
            into.append(statement)

        event.listen(engine, "before_cursor_execute", count)
        client.get("/progress/")
        event.remove(engine, "before_cursor_execute", count)
        counts.append(len(statements))
    assert counts[0] == counts[1]


def test_a_reopened_field_is_no_longer_released_to_its_unit(province: Province, client_for: ClientFor) -> None:
    form_id = sign(province, "X11")
    client = client_for("admin")
    assert post(client, f"/progress/{form_id}/close_early").status_code == 302
    assert post(client, f"/progress/{form_id}/release", layer=str(int(Layer.COUNCIL))).status_code == 302
    with province.system():
        sheet = db.session.scalars(select(m.FieldSheet).where(m.FieldSheet.assessment_id == form_id)).first()
        assert sheet is not None
        assert db.session.get_one(m.Assessment, form_id).released is Layer.COUNCIL
        db.session.connection().execute(
            m.FieldSheet.__table__.update().where(m.FieldSheet.id == sheet.id).values(state=State.APPRAISED)
        )
        db.session.commit()
    path = f"/progress/{form_id}/fields/{sheet.id}/reopen"
    assert post(client, path, reason="").status_code == 422
    assert post(client, path, reason="Có số liệu mới").status_code == 302
    with province.system():
        assert db.session.get_one(m.Assessment, form_id).released is Layer.SUPERIOR
        assert db.session.get_one(m.FieldSheet, sheet.id).state is State.APPRAISAL


def test_a_shorter_extension_than_the_present_one_is_refused(province: Province, client_for: ClientFor) -> None:
    form_id = province.form_id("X11")
    client = client_for("manager.h1")
    assert post(client, f"/progress/{form_id}/extend", ends_at=local(days=14), reason="a").status_code == 302
    assert post(client, f"/progress/{form_id}/extend", ends_at=local(days=12), reason="b").status_code == 422

"""The survey: coverage, preview and import; only Sở Nội vụ, and only what was looked at."""

from __future__ import annotations

import io
import re
from datetime import date
from decimal import Decimal

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

import models as m
from extensions import db
from rules.vocabulary import Function, Layer, State
from services.tabular import write_xlsx
from services.tabular.writing import Column, Kind
from tests.support.results import close, put, world
from tests.support.world import Province, token

HEAD = "round_code,unit_code,criterion_code,layer,rate\n"


def _round_id(province: Province) -> int:
    return province.id_of(m.Round, code="2024")


def _upload(province: Province, client: FlaskClient, content: str | bytes) -> tuple[int, str]:
    data = content.encode() if isinstance(content, str) else content
    answer = client.post(
        f"/survey/{_round_id(province)}",
        data={"file": (io.BytesIO(data), "ket-qua.csv"), "csrf_token": token(client, "/survey/")},
        content_type="multipart/form-data",
    )
    return answer.status_code, answer.get_data(as_text=True)


def _apply(province: Province, client: FlaskClient, page: str) -> tuple[int, str]:
    found = re.search(r'name="signed" value="([^"]+)"', page)
    assert found
    answer = client.post(
        f"/survey/{_round_id(province)}/apply",
        data={"signed": found[1], "csrf_token": token(client, "/survey/")},
        follow_redirects=True,
    )
    return answer.status_code, answer.get_data(as_text=True)


def _survey_points(province: Province) -> dict[str, Decimal | None]:
    with province.system():
        return dict(
            db.session.execute(
                select(m.Unit.code, m.Score.points)
                .join(m.Unit, m.Unit.id == m.Score.unit_id)
                .where(m.Score.layer == Layer.SURVEY)
            ).all()
        )


def test_a_file_is_previewed_then_applied(province: Province) -> None:
    client = province.client("admin")
    status, page = _upload(province, client, HEAD + '2024,X11,8.1,survey,85.42\n2024,X12,8.1,survey,"70,5"\n')
    assert status == 200
    assert "Xã Ấp Bắc" in page
    assert "17,08" in page  # 85.42 % of 20 is 17.084
    assert _survey_points(province) == {}
    status, page = _apply(province, client, page)
    assert status == 200
    assert _survey_points(province) == {"X11": Decimal("17.084"), "X12": Decimal("14.1")}
    with province.system():
        subtotals = db.session.scalars(
            select(m.Subtotal.achieved).where(m.Subtotal.achieved == Decimal("17.084"))
        ).all()
        audited = db.session.scalars(select(m.AuditEntry).where(m.AuditEntry.verb == "import_survey")).all()
        assert len(subtotals) == 1
        assert len(audited) == 2


def test_a_workbook_is_read_alike(province: Province) -> None:
    client = province.client("admin")
    keys = ("round_code", "unit_code", "criterion_code", "layer")
    columns = [*(Column(key, key) for key in keys), Column("rate", "rate", Kind.DECIMAL)]
    with write_xlsx("x", columns, [("2024", "SA", "8.1", "survey", Decimal("12.5"))]) as file:
        book = file.read()
    status, page = _upload(province, client, book)
    assert status == 200, page
    assert _apply(province, client, page)[0] == 200
    assert _survey_points(province) == {"SA": Decimal("2.5")}


@pytest.mark.parametrize(
    ("row", "column"),
    [
        ("2023,X11,8.1,survey,80", "round_code"),
        ("2024,X99,8.1,survey,80", "unit_code"),
        ("2024,X11,1.1,survey,80", "criterion_code"),
        ("2024,X11,8.9,survey,80", "criterion_code"),
        ("2024,X11,8.1,self,80", "layer"),
        ("2024,X11,8.1,survey,101", "rate"),
        ("2024,X11,8.1,survey,-1", "rate"),
        ("2024,X11,8.1,survey,NaN", "rate"),
        ("2024,X11,8.1,survey,1e1", "rate"),
        ("2024,X11,8.1,survey,", "rate"),
        ("2024,X12,8.1,survey,80", "criterion_code"),
    ],
)
def test_every_fault_of_a_file_is_named_and_nothing_written(province: Province, row: str, column: str) -> None:
    client = province.client("admin")
    status, page = _upload(province, client, f"{HEAD}2024,X12,8.1,survey,80\n{row}\n")
    assert status == 422
    assert f"Dòng 3, cột “{column}”" in page
    assert "signed" not in page
    assert _survey_points(province) == {}


def test_all_faults_come_at_once(province: Province) -> None:
    client = province.client("admin")
    _, page = _upload(province, client, HEAD + "2024,X99,8.1,survey,101\n2023,X11,8.1,survey,x\n")
    assert page.count("Dòng 2, cột") == 2
    assert page.count("Dòng 3, cột") == 2


def test_a_file_with_a_column_of_another_method_is_refused(province: Province) -> None:
    client = province.client("admin")
    content = "round_code,unit_code,criterion_code,layer,rate,stated_points\n2024,X11,8.1,survey,80,20\n"
    status, page = _upload(province, client, content)
    assert status == 422
    assert "Dòng 2, cột “stated_points”" in page


def test_an_altered_or_foreign_preview_is_not_applied(province: Province) -> None:
    client = province.client("admin")
    _, page = _upload(province, client, HEAD + "2024,X11,8.1,survey,80\n")
    found = re.search(r'name="signed" value="([^"]+)"', page)
    assert found
    for signed in ("", "abc", found[1][:-2] + "xx", "a" + found[1]):
        answer = client.post(
            f"/survey/{_round_id(province)}/apply",
            data={"signed": signed, "csrf_token": token(client, "/survey/")},
        )
        assert answer.status_code == 302
    assert _survey_points(province) == {}
    with world(province):
        account = db.session.scalars(select(m.Account).where(m.Account.username == "observer")).one()
        post = db.session.scalars(select(m.Post).where(m.Post.account_id == account.id)).one()
        post.function = Function.MANAGER
    other = province.client("observer")
    assert _apply(province, other, page)[0] == 200
    assert _survey_points(province) == {}


def test_values_that_changed_since_the_preview_are_not_overwritten(province: Province) -> None:
    client = province.client("admin")
    _, old = _upload(province, client, HEAD + "2024,X11,8.1,survey,80\n")
    _, newer = _upload(province, client, HEAD + "2024,X11,8.1,survey,90\n")
    assert _apply(province, client, newer)[0] == 200
    assert _apply(province, client, old)[0] == 409
    assert _survey_points(province) == {"X11": Decimal(18)}


def test_a_second_file_shows_old_and_new_points(province: Province) -> None:
    client = province.client("admin")
    _, page = _upload(province, client, HEAD + "2024,X11,8.1,survey,80\n2024,X12,8.1,survey,80\n")
    _apply(province, client, page)
    _, page = _upload(province, client, HEAD + "2024,X11,8.1,survey,70\n2024,X12,8.1,survey,80\n")
    assert "16,00" in page
    assert "14,00" in page
    assert "Xã Đức Hòa" not in page  # its value is as before
    assert _apply(province, client, page)[0] == 200
    assert _survey_points(province) == {"X11": Decimal(14), "X12": Decimal(16)}


def test_an_approved_field_takes_no_survey_value(province: Province) -> None:
    client = province.client("admin")
    _, page = _upload(province, client, HEAD + "2024,X11,8.1,survey,80\n")
    with world(province) as building:
        close(building, "X11")
    assert _apply(province, client, page)[0] == 409
    status, page = _upload(province, client, HEAD + "2024,X11,8.1,survey,80\n")
    assert status == 422
    assert "Dòng 2, cột “unit_code”" in page
    assert _survey_points(province) == {}


def test_an_item_that_does_not_apply_takes_no_value(province: Province) -> None:
    client = province.client("admin")
    with world(province):
        form = db.session.scalars(
            select(m.Assessment).join(m.Unit, m.Unit.id == m.Assessment.unit_id).where(m.Unit.code == "X11")
        ).one()
        item = db.session.scalars(
            select(m.Criterion).where(m.Criterion.set_id == form.criteria_set_id, m.Criterion.code == "8.1")
        ).one()
        db.session.add(
            m.Exemption(
                assessment_id=form.id,
                unit_id=form.unit_id,
                criteria_set_id=form.criteria_set_id,
                criterion_id=item.id,
                reason="Không khảo sát",
            )
        )
    status, page = _upload(province, client, HEAD + "2024,X11,8.1,survey,80\n")
    assert status == 422
    assert "Dòng 2, cột “criterion_code”" in page
    assert "3/3" not in page
    assert "0/3" in page


def test_coverage_counts_units_and_names_the_missing(province: Province) -> None:
    with world(province) as building:
        put(building, "X11", Layer.SURVEY, {"8.1": {"rate": "80"}})
    page = province.client("admin").get("/survey/").get_data(as_text=True)
    assert "1/4" in page
    assert "Xã Đức Hòa, Xã Ấp Nam, Phường Định Quán" in page


def test_the_missing_values_are_a_file_the_import_reads(province: Province) -> None:
    client = province.client("admin")
    with world(province) as building:
        put(building, "X11", Layer.SURVEY, {"8.1": {"rate": "80"}})
    text = client.get(f"/survey/{_round_id(province)}/missing.csv").get_data().decode("utf-8-sig")
    lines = text.strip().split("\r\n")
    assert len(lines) == 1 + 9  # ten units, one has its value
    assert not any(",X11," in line for line in lines)
    filled = "\n".join([lines[0], *(line + "50" for line in lines[1:])])
    status, page = _upload(province, client, filled)
    assert status == 200
    assert _apply(province, client, page)[0] == 200
    assert len(_survey_points(province)) == 10


@pytest.mark.parametrize("login", ["manager.h1", "officer.x11", "chair.p", "observer", "auditor", "helper2.p"])
def test_others_are_refused(province: Province, login: str) -> None:
    client = province.client(login)
    id_ = _round_id(province)
    assert client.get("/survey/").status_code == 403
    assert client.get(f"/survey/{id_}/missing.csv").status_code == 403
    csrf = token(client, "/password")
    assert client.post(f"/survey/{id_}", data={"csrf_token": csrf}).status_code == 403
    assert client.post(f"/survey/{id_}/apply", data={"csrf_token": csrf, "signed": "x"}).status_code == 403


@pytest.mark.parametrize(
    "path", ["/survey/?round=abc", "/survey/?round=99999999999999999999", "/survey/999/missing.csv"]
)
def test_unknown_rounds_are_not_found(province: Province, path: str) -> None:
    assert province.client("admin").get(path).status_code == 404


def test_no_file_is_a_sentence(province: Province) -> None:
    client = province.client("admin")
    answer = client.post(f"/survey/{_round_id(province)}", data={"csrf_token": token(client, "/survey/")})
    assert answer.status_code == 422
    for content in (b"", b"\x00\x01", "a,b\n1,2\n".encode("utf-16"), b"PK\x03\x04broken"):
        assert _upload(province, client, content)[0] == 422


def test_a_closed_state_is_asked_of_the_process_table(province: Province) -> None:
    """A form still in draft takes survey values: the survey runs in parallel."""
    with world(province) as building:
        assert building.now.date() >= date(2025, 1, 1)
    client = province.client("admin")
    _, page = _upload(province, client, HEAD + "2024,H1,8.1,survey,100\n")
    assert _apply(province, client, page)[0] == 200
    with province.system():
        assert {sheet.state for sheet in db.session.scalars(select(m.FieldSheet))} == {State.APPRAISAL}
    assert _survey_points(province) == {"H1": Decimal(20)}

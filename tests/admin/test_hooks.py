"""Each known hole of Flask-Admin: closed on our base, and open again when its hook is taken away.

A probe is a small screen over the same tables, registered twice: ``guarded`` on our base as it stands, ``naive`` with one
hook put back to what Flask-Admin does by itself. A test that finds no difference between the two would prove nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from flask_admin.contrib.sqla import ModelView
from flask_admin.contrib.sqla.fields import QuerySelectField, QuerySelectMultipleField
from flask_admin.contrib.sqla.form import AdminModelConverter
from sqlalchemy import select
from werkzeug.datastructures import MultiDict

import admin
import models as m
from admin.base import HOOKS, ScopedModelView
from admin.forms import AdminForm, Converter, ScopedSelect
from admin.saving import Saving
from app import create_app
from extensions import db
from permissions import floor
from rules.verbs import Verb
from tests.admin.desk import Desk
from tests.admin.probes import PROBES, RUNS, Probe
from tests.support.database import Database
from tests.support.world import Province


@pytest.fixture(scope="module")
def laboratory(database: Database) -> Iterator[Flask]:
    """The application with the probes among its screens."""
    patch = pytest.MonkeyPatch()
    patch.setattr(
        admin, "screens", lambda: [view(m.Council, name, "Probes", f"probe_{name}") for name, view in PROBES.items()]
    )
    application = create_app(database.app.config["PARINDEX"])
    patch.undo()
    yield application
    with application.app_context():
        db.engine.dispose()


@pytest.fixture
def probes(province: Province, laboratory: Flask, database: Database) -> Iterator[Province]:
    """The small province, looked at through the probes."""
    yield Province(laboratory)
    with laboratory.app_context():
        db.engine.dispose()
    database.touched = True  # the probes write through an engine of their own


@pytest.fixture
def floor_open(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Take the read floor away."""
    return lambda: monkeypatch.setattr(floor, "_options", lambda actor, models: [])


def _foreign(province: Province) -> int:
    return province.id_of(m.Council, name="Hội đồng huyện 2")


def _own(province: Province) -> int:
    return province.id_of(m.Council, name="Hội đồng huyện 1")


def _name(province: Province, id_: int) -> str:
    with province.system():
        return db.session.get_one(m.Council, id_).name


def _messages(desk: Desk, path: str) -> str:
    return re.sub(r"<.*?>", " ", desk.get(path))


def test_every_hook_is_named_and_there() -> None:
    assert all(hasattr(ScopedModelView, hook) or hook == "ScopedSelect" for hook in HOOKS.values())


def test_a_custom_act_gets_no_foreign_row(probes: Province) -> None:
    desk = Desk.of(probes, "manager.h1")
    foreign, own = str(_foreign(probes)), str(_own(probes))
    assert desk.post("probe-naive-action/action/", action="touch", rowid=[foreign]).status_code == 302
    assert f"touched ['{foreign}']" in _messages(desk, "probe-naive-action/").replace("&#39;", "'")
    for ids in ([foreign], [own, foreign], ["999999"], ["abc"], ["10" * 30]):
        assert desk.post("probe-guarded/action/", action="touch", rowid=ids).status_code == 404
    assert desk.post("probe-guarded/action/", action="touch", rowid=[own]).status_code == 302
    assert f"touched ['{own}']" in _messages(desk, "probe-guarded/").replace("&#39;", "'")


def test_an_act_needs_the_right_to_change(probes: Province) -> None:
    desk, own = Desk.of(probes, "manager.h1"), _own(probes)
    assert desk.post("probe-naive-right/action/", action="touch", rowid=[own]).status_code == 302
    assert "touched" in _messages(desk, "probe-naive-right/")
    assert desk.post("probe-no-right/action/", action="touch", rowid=[own]).status_code == 403
    assert "touched" not in _messages(desk, "probe-no-right/")


def test_there_is_no_bulk_delete(probes: Province) -> None:
    desk, own = Desk.of(probes, "manager.h1"), _own(probes)
    assert desk.post("probe-guarded/action/", action="delete", rowid=[own]).status_code == 302
    assert _name(probes, own) == "Hội đồng huyện 1"


def test_a_look_up_needs_the_right_to_create_or_edit(probes: Province) -> None:
    desk = Desk.of(probes, "manager.h1")
    assert desk.status("probe-naive-lookup/ajax/lookup/?name=unit&query=a&offset=0") == 200
    assert desk.status("probe-read-only/ajax/lookup/?name=unit&query=a") == 403
    assert desk.status("probe-guarded/ajax/lookup/?name=unit&query=a") == 200


def test_an_edit_in_the_list_needs_the_right_to_edit(probes: Province) -> None:
    desk, own = Desk.of(probes, "manager.h1"), _own(probes)
    assert desk.post("probe-read-only/ajax/update/", list_form_pk=own, name="Ghi đè").status_code == 403
    assert _name(probes, own) == "Hội đồng huyện 1"
    assert desk.post("probe-naive-in-list/ajax/update/", list_form_pk=own, name="Ghi đè").status_code == 200
    assert _name(probes, own) == "Ghi đè"


def test_an_edit_in_the_list_reaches_no_foreign_row(probes: Province, floor_open: Callable[[], None]) -> None:
    desk, foreign = Desk.of(probes, "manager.h1"), _foreign(probes)
    for pk in (foreign, "abc", "9" * 30, ""):
        answer = desk.post("probe-guarded/ajax/update/", list_form_pk=pk, name="Ghi đè")
        assert answer.status_code in (404, 422)
    floor_open()  # the second line: the write gate knows the unit
    assert desk.post("probe-guarded/ajax/update/", list_form_pk=foreign, name="Ghi đè").status_code == 404
    assert _name(probes, foreign) == "Hội đồng huyện 2"


@pytest.mark.parametrize("path", ["council/?page_size=100", "seat/new/", "council/export/csv/", "seat/?search=huyen"])
def test_lists_choices_and_exports_are_cut_by_the_read_floor(
    province: Province, floor_open: Callable[[], None], path: str
) -> None:
    desk = Desk.of(province, "manager.h1")
    assert "huyện 2" not in desk.get(path)
    floor_open()
    assert "huyện 2" in desk.get(path)


def test_look_ups_are_cut_by_the_read_floor(province: Province, floor_open: Callable[[], None]) -> None:
    desk = Desk.of(province, "manager.h1")

    def found() -> list[Any]:
        return [label for _id, label in desk.client.get("/admin/council/ajax/lookup/?name=unit&query=h2").json]

    assert found() == []
    floor_open()
    assert found() != []


def test_a_foreign_key_is_refused_by_the_write_gate_too(province: Province, floor_open: Callable[[], None]) -> None:
    desk = Desk.of(province, "manager.h1")
    round_id = province.id_of(m.Round, code="2024")
    floor_open()
    answer = desk.post("council/new/", round=round_id, unit="H2", name="Của tôi")
    assert answer.status_code == 404
    with province.system():
        assert db.session.scalar(select(m.Council.id).where(m.Council.name == "Của tôi")) is None


def test_filter_options_belong_to_the_reader(probes: Province) -> None:
    def options(screen: str, login: str) -> set[str]:
        return set(re.findall(r'<option value="\d+"[^>]*>([^<]*)<', Desk.of(probes, login).get(f"probe-{screen}/")))

    one, two = options("filtered", "manager.h1"), options("filtered", "manager.h2")
    assert one == {"Hội đồng huyện 1"}
    assert two == {"Hội đồng huyện 2"}
    assert options("naive-filters", "manager.h1") == options("naive-filters", "manager.h2")


def test_a_form_without_named_columns_is_refused_at_once(laboratory: Flask) -> None:
    with laboratory.app_context():
        naive = ModelView(m.Account, db, endpoint="naive_account")
        assert {"password_hash", "must_change_password"} <= set(naive._create_form_class()._fields)
    with pytest.raises(TypeError, match="form_columns"):
        type("Careless", (ScopedModelView,), {"write_verb": Verb.MANAGE_ACCOUNTS})


def test_several_rows_of_a_scoped_table_are_never_a_field(laboratory: Flask) -> None:
    class Wide(Probe):
        form_columns = ("name", "classes")

    with laboratory.app_context():
        stock = AdminModelConverter(db, Wide.__new__(Wide))
        stock.view.form_ajax_refs, stock.view._form_ajax_refs = {}, {}
        prop = m.RankingGroup.classes.property
        options: dict[str, Any] = {"validators": [], "label": "x"}
        unbound = stock._model_select_field(prop, True, m.ClassBand, **options)
        assert unbound.field_class is QuerySelectMultipleField
        ours = Converter(db, stock.view)
        with pytest.raises(TypeError):
            ours._model_select_field(prop, True, m.ClassBand, **options)


def test_no_relation_is_edited_in_the_list(laboratory: Flask) -> None:
    with laboratory.app_context():
        careless = type("Careless", (Probe,), {"column_editable_list": ("round",)})
        with pytest.raises(TypeError, match="column_editable_list"):
            careless(m.Council, "x", "x", "careless_relation")
        naive = type(
            "Naive", (Probe,), {"column_editable_list": ("round",), "scaffold_list_form": ModelView.scaffold_list_form}
        )
        assert hasattr(naive(m.Council, "x", "x", "naive_relation")._list_form_class, "round")


@pytest.mark.parametrize("posted", ["999", "abc", "-1", "' OR 1=1"])
def test_a_refused_choice_is_never_saved_as_nothing(province: Province, posted: str) -> None:
    def choices() -> Any:
        return db.session.query(m.Level)

    def made(field_class: Any) -> Any:
        form = type("Form", (AdminForm,), {"level": field_class("x", query_factory=choices, allow_blank=True)})
        return form(MultiDict({"level": posted}), meta={"csrf": False})

    with province.acting("admin"):
        naive, ours = made(QuerySelectField), made(ScopedSelect)
        assert naive.validate()
        assert naive.level.data is None
        assert not ours.validate()


def test_a_failing_view_runs_once_and_shows_its_own_error(probes: Province) -> None:
    desk = Desk.of(probes, "manager.h1")
    RUNS.clear()
    with pytest.raises(TypeError, match="a fault of the program"):
        desk.status("probe-failing/fail/")
    assert RUNS == ["admin_probe_failing"]
    with pytest.raises(TypeError) as hidden:
        desk.status("probe-naive-run/fail/")
    assert "a fault of the program" not in str(hidden.value)


def test_no_error_of_the_program_is_shown_to_a_person(probes: Province) -> None:
    desk = Desk.of(probes, "admin")
    taken = {"round": probes.id_of(m.Round, code="2024"), "unit": "P", "name": "Hội đồng tỉnh"}
    said = desk.refused("probe-guarded/new/", **taken)
    assert "UNIQUE" not in said.upper()
    assert "council" not in said
    assert said
    page = desk.post("probe-naive-errors/new/", **taken).get_data(as_text=True)
    assert "Council" in page  # Flask-Admin flashes the text of whatever was raised


def test_the_second_of_two_savers_is_told(probes: Province) -> None:
    desk, own = Desk.of(probes, "manager.h1"), _own(probes)
    same = {"round": probes.id_of(m.Round, code="2024"), "unit": "H1"}
    with probes.system():
        version = db.session.get_one(m.Council, own).version
    desk.saved(f"probe-guarded/edit/?id={own}", **same, version=version, name="Người thứ nhất")
    said = desk.refused(f"probe-guarded/edit/?id={own}", **same, version=version, name="Người thứ hai")
    assert "Người thứ nhất" in said
    assert _name(probes, own) == "Người thứ nhất"
    desk.saved(f"probe-naive-version/edit/?id={own}", **same, version=version, name="Người thứ hai")
    assert _name(probes, own) == "Người thứ hai"


def test_after_reading_what_is_there_a_second_save_is_a_decision(probes: Province) -> None:
    desk, own = Desk.of(probes, "manager.h1"), _own(probes)
    same = {"round": probes.id_of(m.Round, code="2024"), "unit": "H1"}
    answer = desk.post(f"probe-guarded/edit/?id={own}", **same, version=99, name="Mới").get_data(as_text=True)
    version = re.search(r'name="version"[^>]*value="(\d+)"', answer)
    assert version is not None
    desk.saved(f"probe-guarded/edit/?id={own}", **same, version=version[1], name="Mới")
    assert _name(probes, own) == "Mới"


@pytest.mark.parametrize("address", ["new/", "edit/?id={id}", "delete/", "action/", "ajax/update/"])
def test_every_post_needs_the_token(probes: Province, address: str) -> None:
    desk, own = Desk.of(probes, "manager.h1"), _own(probes)
    fields = {"id": own, "confirmed": "yes", "name": "x", "action": "touch", "rowid": own, "list_form_pk": own}
    for token in ("", "x", desk.csrf[:-3]):
        answer = desk.client.post(
            f"/admin/probe-guarded/{address.format(id=own)}", data={**fields, "csrf_token": token}
        )
        assert answer.status_code == 400
    assert _name(probes, own) == "Hội đồng huyện 1"


def test_one_token_serves_own_and_generated_pages(probes: Province) -> None:
    page = Desk.of(probes, "manager.h1").get("probe-guarded/new/")
    tokens = set(re.findall(r'name="csrf_token"[^>]*value="([^"]+)"', page))
    assert len({value.split(".")[0] for value in tokens}) == 1
    naive = Desk.of(probes, "manager.h1").get("probe-naive-token/new/")
    form = naive[naive.index('class="admin-form"') :]
    assert "csrf_token" not in form[: form.index("</form>")]


def test_no_formula_leaves_with_an_export(probes: Province) -> None:
    desk, own = Desk.of(probes, "manager.h1"), _own(probes)
    with probes.system():
        version = db.session.get_one(m.Council, own).version
    same = {"round": probes.id_of(m.Round, code="2024"), "unit": "H1", "version": version}
    desk.saved(f"probe-guarded/edit/?id={own}", **same, name="=1+1")
    lines = {name: desk.get(f"probe-{name}/export/csv/").splitlines() for name in ("guarded", "naive-export")}
    assert "=1+1" in lines["naive-export"]
    assert "=1+1" not in lines["guarded"]
    assert "'=1+1" in lines["guarded"]


def test_the_export_names_itself_in_ascii_and_in_vietnamese(province: Province) -> None:
    answer = Desk.of(province, "admin").client.get("/admin/unit/export/csv/")
    disposition = answer.headers["Content-Disposition"]
    assert 'filename="unit.csv"' in disposition
    assert "filename*=UTF-8''" in disposition
    assert answer.get_data().startswith(b"\xef\xbb\xbf")


def test_unset_methods_have_no_address(province: Province) -> None:
    rules = {rule.endpoint for rule in province.app.url_map.iter_rules()}
    assert "admin_audit.index_view" in rules
    assert {e for e in rules if e.startswith(("admin_audit.", "admin_evidence.", "admin_edition."))} == {
        f"admin_{name}.{method}"
        for name in ("audit", "evidence", "edition")
        for method in ("index_view", "details_view", "export")
    } | {"admin_audit.day"}


def test_saving_is_not_overridden_by_a_screen() -> None:
    from admin.screens import screens as _screens  # noqa: F401 - imports every screen

    for view in _subclasses(ScopedModelView):
        if view.__module__.startswith("admin."):
            for name in ("save", "create_model", "update_model", "delete_model", "read_again"):
                assert getattr(view, name) is getattr(Saving, name)


def _subclasses(cls: type) -> Iterator[type]:
    for sub in cls.__subclasses__():
        yield sub
        yield from _subclasses(sub)

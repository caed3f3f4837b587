"""Small screens over the table of councils: on our base as it stands, and each with one hook put back to Flask-Admin's own."""

from __future__ import annotations

from typing import Any, ClassVar

import flask_admin.base
from flask import flash
from flask_admin import expose
from flask_admin.actions import ActionsMixin, action
from flask_admin.contrib.sqla import ModelView
from flask_admin.model import BaseModelView
from sqlalchemy import select

import models as m
from admin.base import ScopedModelView
from admin.forms import AdminForm
from admin.listing import Filter, Shown
from admin.lookups import units
from extensions import db
from rules.verbs import Verb


class Probe(ScopedModelView):
    """Councils, open to every manager."""

    read_verbs = (Verb.MANAGE_COUNCIL,)
    write_verb = Verb.MANAGE_COUNCIL
    shown = (Shown("name", "Name", m.Council.name, m.Council.name),)
    form_columns = ("round", "unit", "name")
    form_ajax_refs: ClassVar[dict[str, Any]] = {"unit": units()}
    column_editable_list = ("name",)
    column_labels: ClassVar[dict[str, Any]] = {"round": "Round", "unit": "Unit", "name": "Name"}

    def subject(self, form: Any, model: Any) -> Any:
        return model if model.id else form.unit.data

    @action("touch", "Touch")
    def touch(self, ids: list[str]) -> None:
        flash(f"touched {sorted(ids)}", "success")


class ReadOnly(Probe):
    """The same, and nobody may change anything."""

    creates = edits = deletes = False
    form_columns = None

    def get_form(self) -> Any:
        return AdminForm

    def scaffold_list_form(self, widget: Any = None, validators: Any = None) -> Any:
        return Probe.scaffold_list_form(self, widget, validators)


class NaiveAction(Probe):
    handle_action = ActionsMixin.handle_action


class NaiveLookup(ReadOnly):
    ajax_lookup = BaseModelView.ajax_lookup


class NaiveInList(ReadOnly):
    ajax_update = BaseModelView.ajax_update


class NoRight(Probe):
    """May be read by every manager, changed by nobody of them."""

    write_verb = Verb.PUBLISH


class NaiveRight(NoRight):
    """Forgets the right at the act and at the door."""

    is_action_allowed = ActionsMixin.is_action_allowed

    def verbs_of(self, method: str) -> tuple[Verb, ...]:
        return self.read_verbs


class Filtered(Probe):
    """Filters by council, whose options belong to the reader."""

    filters = (
        Filter(
            "council",
            "Council",
            lambda value: m.Council.id == int(value),
            lambda: [(c.id, c.name) for c in db.session.scalars(select(m.Council))],
        ),
    )


class NaiveFilters(Filtered):
    """Asks for the options once, at start."""

    def _refresh_filters_cache(self) -> None:
        super()._refresh_filters_cache()
        self.frozen = [f.get_options(self) for f in self._filters]

    def _get_filter_groups(self) -> list[dict[str, Any]]:
        groups = super()._get_filter_groups()
        return [dict(group, options=options) for group, options in zip(groups, self.frozen, strict=True)]


#: Each time the body of a failing view ran.
RUNS: list[str] = []


class Failing(Probe):
    @expose("/fail/")
    def fail(self) -> str:
        RUNS.append(self.endpoint)
        raise TypeError("a fault of the program")


class NaiveRun(Failing):
    _run_view = flask_admin.base.BaseView._run_view


class NaiveErrors(Probe):
    create_model = ModelView.create_model
    handle_view_exception = ModelView.handle_view_exception


class NaiveVersion(Probe):
    def _compare_versions(self, form: Any, model: Any) -> None:
        """Let the last one win."""


class NaiveToken(Probe):
    form_base_class = flask_admin.form.BaseForm


class NaiveExport(Probe):
    """Writes what is there, whatever a spreadsheet makes of it."""

    export_types = ("csv",)

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        return self._export_csv("/")

    def get_export_value(self, model: Any, name: Any) -> Any:
        return model[1]


PROBES = {
    "guarded": Probe,
    "read_only": ReadOnly,
    "naive_action": NaiveAction,
    "naive_lookup": NaiveLookup,
    "naive_in_list": NaiveInList,
    "no_right": NoRight,
    "naive_right": NaiveRight,
    "filtered": Filtered,
    "naive_filters": NaiveFilters,
    "failing": Failing,
    "naive_run": NaiveRun,
    "naive_errors": NaiveErrors,
    "naive_version": NaiveVersion,
    "naive_token": NaiveToken,
    "naive_export": NaiveExport,
}

"""The base of every generated screen. Each known hole of Flask-Admin is closed here once (and stands in ``HOOKS``).

Below lie the read floor and the write gate (``permissions``), which cut and refuse whatever a view forgets; here is closed
what they cannot see: frozen filter options, acts that ignore ``can_edit``, choices saved as nothing, stale saves, raw errors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any, ClassVar
from urllib.parse import quote

from flask import Response, json, request
from flask_admin import AdminIndexView, BaseView, expose
from flask_admin.contrib.sqla import ModelView
from flask_admin.model.ajax import AjaxModelLoader
from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from werkzeug.exceptions import abort

from admin.exports import Exporting
from admin.forms import AdminForm, Converter, InPlace, VersionField
from admin.listing import LONGEST_SEARCH, Listing, Shown, whole
from admin.lookups import MOST
from admin.rights import Rights, missing_right
from admin.saving import Saving
from extensions import db
from models.base import Versioned
from permissions.gate import hidden
from rules.verbs import Verb

#: What would be open in plain Flask-Admin, and the hook that closes it; tests see each open without its hook.
HOOKS = {
    "foreign row of a custom action": "handle_action",
    "select fields list every row": "model_form_converter",
    "look-up finds every row": "ajax_lookup",
    "look-up without a right to create or edit": "ajax_lookup",
    "in-list edit without a right to edit": "ajax_update",
    "bulk act without a right to edit": "is_action_allowed",
    "filter options frozen at start": "_refresh_filters_cache",
    "every column in the form": "form_columns",
    "refused choice saved as nothing": "ScopedSelect",
    "errors hidden and views run twice": "_run_view",
    "raw database errors": "handle_view_exception",
    "a second token": "form_base_class",
    "last save wins": "update_model",
    "formulas in exports": "export",
    "hostile addresses": "get_one",
}
MOST_BULK_ROWS = 500


class Page(Rights, BaseView):
    """An own page among the generated screens."""


class Home(Rights, AdminIndexView):
    """The first page of administration; open to whoever may open any of its screens."""

    def is_visible(self) -> bool:
        return False


class ScopedModelView(Saving, Exporting, Listing, Rights, ModelView):
    """A generated screen over one table, cut to the reader's scope.

    ``creates``, ``edits`` and ``deletes`` say what the screen offers at all; the right to do it is asked each time.
    """

    creates: ClassVar[bool] = True
    edits: ClassVar[bool] = True
    deletes: ClassVar[bool] = True
    #: Shown on the page of one row besides the columns of the list.
    also: ClassVar[tuple[Shown, ...]] = ()

    _actions: list[tuple[str, Any]]
    can_view_details = True
    page_size = 50
    can_set_page_size = True
    page_size_options = (20, 50, 100)
    column_display_pk = False
    column_auto_select_related = False
    fast_mass_delete = False
    form_base_class = AdminForm
    model_form_converter = Converter
    list_template = "admin/model/list.html"
    create_template = "admin/model/create.html"
    edit_template = "admin/model/edit.html"
    details_template = "admin/model/details.html"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Refuse a view that would show every column, and every relation, in its form."""
        super().__init_subclass__(**kwargs)
        if cls.write_verb is not None and (cls.creates or cls.edits) and cls.form_columns is None:
            raise TypeError(f"{cls.__name__}: name the form_columns")

    def __init__(self, model: type[Any], name: Any, category: Any, endpoint: str) -> None:
        super().__init__(model, db, name=name, endpoint=f"admin_{endpoint}", url=endpoint.replace("_", "-"))
        self.group = category

    # ---- Rights

    @property
    def can_create(self) -> bool:
        return self.creates and self.writable

    @property
    def can_edit(self) -> bool:
        return self.edits and self.writable

    @property
    def can_delete(self) -> bool:
        return self.deletes and self.writable

    def offers(self, method: str) -> bool:
        """Leave out the addresses of what the screen never does."""
        return {
            "create_view": self.creates,
            "edit_view": self.edits,
            "delete_view": self.deletes,
            "details_view": self.can_view_details,
            "export": self.can_export,
            "action_view": bool(self._actions) and self.write_verb is not None,
            "ajax_lookup": bool(self._form_ajax_refs),
            "ajax_update": bool(self.column_editable_list),
        }.get(method, True)

    def init_actions(self) -> None:
        """Offer the view's own acts; deleting many rows at once is not among them."""
        super().init_actions()
        self._actions = [act for act in self._actions if act[0] != "delete"]
        self._actions_data.pop("delete", None)

    def is_action_allowed(self, name: str) -> bool:
        return self.writable and super().is_action_allowed(name)

    # ---- Rows

    def get_query(self) -> Any:
        return db.session.query(self.model).filter(*self.narrowed())

    def get_count_query(self) -> Any:
        return db.session.query(func.count(self.model.id)).filter(*self.narrowed())

    def rows_with(self, ids: list[int]) -> Select[Any]:
        """Select the entities with these ids that the reader sees."""
        return select(self.model).where(self.model.id.in_(ids), *self.narrowed())

    def get_one(self, id: Any) -> Any:  # noqa: A002 - Flask-Admin's name
        """Return the row of one id in the reader's scope; anything else is as if it did not exist."""
        number = whole(id, None) if isinstance(id, str) else None
        row = db.session.scalar(self.rows_with([number])) if number is not None else None
        if row is None:
            raise hidden()
        return row

    # ---- Addresses

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        if not self.can_create:
            raise missing_right(self.write_verb or Verb.READ)
        return self._unsaved(super().create_view())

    @expose("/edit/", methods=("GET", "POST"))
    def edit_view(self) -> Any:
        if not self.can_edit:
            raise missing_right(self.write_verb or Verb.READ)
        self._one_id()
        return self._unsaved(super().edit_view())

    @expose("/details/")
    def details_view(self) -> Any:
        columns = (*self.shown, *self.also)
        query = self.statement([self.model.id == self._one_id(), *self.narrowed()], columns)
        row = db.session.execute(query).one_or_none()
        if row is None:
            raise hidden()
        cells = [(column.label, column.format(value)) for column, value in zip(columns, row[1:], strict=True)]
        return self.render(self.details_template, row_id=row.id, cells=cells, return_url=self.get_url(".index_view"))

    @expose("/delete/", methods=("POST",))
    def delete_view(self) -> Any:
        if not self.can_delete:
            raise missing_right(self.write_verb or Verb.READ)
        model = self.get_one(request.form.get("id", ""))
        question = _("Delete “%(name)s” for good?", name=self.title_of(model))
        way_back = self.get_url(".index_view")
        if self.reasoned and not request.form.get("reason", "").strip():
            return self.ask_reason(question, _("Delete"), [], {"id": model.id})
        if "confirmed" not in request.form:
            return self.render(
                "admin/confirm.html", question=question, verb=_("Delete"), return_url=way_back, fields={"id": model.id}
            )
        return super().delete_view()

    def ask_reason(self, question: str, verb: str, listed: Sequence[str], fields: Mapping[str, Any]) -> Any:
        """Ask for the reason of an act on a page of its own, again where it came back without; lists are posted as often."""
        missing = "confirmed" in request.form
        page = self.render(
            "admin/reason.html",
            question=question,
            verb=verb,
            listed=listed,
            fields=[
                (name, one) for name, given in fields.items() for one in (given if isinstance(given, list) else [given])
            ],
            missing=missing,
            return_url=self.get_url(".index_view"),
        )
        return page, 422 if missing else 200

    @expose("/export/<export_type>/")
    def export(self, export_type: str) -> Any:
        if not self.can_export or export_type not in self.export_types:
            abort(404)
        return self.export_file(export_type)

    @expose("/ajax/lookup/")
    def ajax_lookup(self) -> Any:
        if not (self.can_create or self.can_edit):
            raise missing_right(self.write_verb or Verb.READ)
        loader: AjaxModelLoader | None = self._form_ajax_refs.get(request.args.get("name", ""))
        if loader is None:
            abort(404)
        typed = request.args.get("query", "").replace("\x00", "")[:LONGEST_SEARCH]
        limit = whole(request.args.get("limit"), MOST)
        found = loader.get_list(typed, whole(request.args.get("offset")), limit)
        return Response(json.dumps([loader.format(row) for row in found]), mimetype="application/json")

    @expose("/ajax/update/", methods=("POST",))
    def ajax_update(self) -> Any:
        if not self.can_edit:
            raise missing_right(self.write_verb or Verb.READ)
        if len(request.form.getlist("list_form_pk")) != 1:
            abort(400)
        answer = super().ajax_update()
        return (answer[0], 422) if isinstance(answer, tuple) else answer or ("", 422)

    def handle_action(self, return_view: str | None = None) -> Any:
        """Do a bulk act on rows of the reader's scope only; one foreign id refuses the whole."""
        if not self.is_action_allowed(request.form.get("action", "")):
            raise missing_right(self.write_verb or Verb.READ)
        posted = request.form.getlist("rowid")
        ids = {whole(value, None) for value in posted}
        if None in ids or len(ids) > MOST_BULK_ROWS:
            raise hidden()
        seen: set[Any] = set(db.session.scalars(select(self.model.id).where(self.model.id.in_(ids), *self.narrowed())))
        if seen != ids:
            raise hidden()
        return super().handle_action(return_view)

    def _one_id(self) -> int:
        """Return the one id of the address; several, or no number, is as if there were no such row."""
        given = request.args.getlist("id")
        number = whole(given[0], None) if len(given) == 1 else None
        if number is None:
            raise hidden()
        return int(number)

    @staticmethod
    def _unsaved(answer: Any) -> Any:
        """Say by the status that a posted form was not saved."""
        return (answer, 422) if isinstance(answer, str) and request.method == "POST" else answer

    # ---- Forms

    def get_form(self) -> Any:
        """Build the form; a screen that never writes has none."""
        return super().get_form() if self.creates or self.edits else self.form_base_class

    def get_edit_form(self) -> Any:
        """Add the version of the row to the form."""
        form = super().get_edit_form()
        if issubclass(self.model, Versioned):
            return type(form.__name__, (form,), {"version": VersionField()})
        return form

    def scaffold_list_form(self, widget: Any = None, validators: Any = None) -> Any:
        """Build the in-list form; a relation there would put its choices into every row."""
        if any(hasattr(getattr(self.model, name).property, "direction") for name in self.column_editable_list):
            raise TypeError(f"{type(self).__name__}: no relation in column_editable_list")
        return super().scaffold_list_form(widget or InPlace(), validators)

    def list_form(self, obj: Any = None) -> Any:
        """Fill the in-list form from the row of the list."""
        if obj is not None:
            obj = SimpleNamespace(**dict(zip((column.key for column in self.shown), obj[1:], strict=True)))
        return super().list_form(obj)

    def title_of(self, model: Any) -> str:
        """Return the name of a row, for headings and questions."""
        return str(model) if "__str__" in type(model).__dict__ else str(self.name)

    def row_links(self) -> list[tuple[str, str]]:
        """Return what else can be done with a row: label and address, to which the id is added."""
        return []

    def way_of_rows(self) -> str:
        """Return the address that the first cell of each row leads to, to which the id is added; empty: none."""
        return ""

    def links_of_rows(self, return_url: str) -> list[tuple[str, str]]:
        """Return the links at the end of each row of the list, worked out once for all of them."""
        back = f"?url={quote(return_url, safe='')}&id="
        links = [(_("View"), self.get_url(".details_view") + back)] if self.can_view_details else []
        links += self.row_links()
        if self.can_edit:
            links.append((_("Edit"), self.get_url(".edit_view") + back))
        return links

"""Criteria sets: the list, the tree with its check, a row by the form of its method, a try of its rule, a clone."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, func, select
from sqlalchemy.orm.exc import StaleDataError
from wtforms.validators import InputRequired, Length

import models as m
from admin.base import ScopedModelView
from admin.forms import AdminForm, PlainField
from admin.listing import Filter, Shown, whole, yes_no
from admin.rule_form import COMMON, SETTINGS, CriterionForm, form_class, from_rule, to_rule
from admin.unit import levels
from extensions import db
from permissions.gate import Act, hidden
from rules.criteria import InputFault, Rule
from rules.message import M
from rules.points import GROUP_METHODS, InputKind
from rules.verbs import Verb
from rules.vocabulary import CriterionKind, Method
from services import criteria as sets
from services.criteria import CriterionValues
from services.faults import Fault
from services.tabular import Kind

TRY = "try_"
#: What usually stands under a row of a kind.
_BELOW = {
    None: CriterionKind.FIELD,
    CriterionKind.FIELD: CriterionKind.CRITERION,
    CriterionKind.CRITERION: CriterionKind.SUBCRITERION,
    CriterionKind.ADJUSTMENT: CriterionKind.BONUS,
}
_LEAVES = (
    select(func.count(m.Criterion.id))
    .where(m.Criterion.set_id == m.CriteriaSet.id, m.Criterion.is_leaf)
    .correlate(m.CriteriaSet)
    .scalar_subquery()
)


class CloneForm(AdminForm):
    """Code and name of a new version."""

    code = PlainField(_l("Code"), [InputRequired(), Length(max=40)])
    name = PlainField(_l("Name"), [InputRequired(), Length(max=200)])


class CriteriaSetView(ScopedModelView):
    """The criteria sets, one per level and version."""

    read_verbs = (Verb.MANAGE_CATALOGUE,)
    write_verb = Verb.MANAGE_CATALOGUE
    own_writes = frozenset({"remove_view", "clone_view", "new_row_view"})
    shown = (
        Shown("name", _l("Name"), m.CriteriaSet.name),
        Shown("code", _l("Code"), m.CriteriaSet.code, m.CriteriaSet.code),
        Shown("level", _l("Level"), m.Level.name, m.Level.position),
        Shown("leaves", _l("Scored criteria"), _LEAVES, kind=Kind.INTEGER),
        Shown("frozen", _l("Frozen"), m.CriteriaSet.frozen, cell=yes_no),
    )
    order = (m.CriteriaSet.code,)
    searched_here = (m.CriteriaSet.code, m.CriteriaSet.name)
    filters = (Filter("level", _l("Level"), lambda value: m.CriteriaSet.level_id == int(value), levels),)
    form_columns = ("code", "name", "level")
    column_labels = {"code": _l("Code"), "name": _l("Name"), "level": _l("Level")}

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.join(m.Level, m.Level.id == m.CriteriaSet.level_id)

    def row_links(self) -> list[tuple[str, str]]:
        return [(_("Criteria"), self.get_url(".tree_view") + "?id=")]

    def apply(self, form: Any, model: m.CriteriaSet, doing: Act, *, created: bool) -> None:
        if not created and model.frozen and form.level.object_data is not form.level.data:
            raise Fault({"level": M("A round uses this set, so it is frozen. Clone it as a new version.")})

    def before_delete(self, model: m.CriteriaSet, doing: Act) -> None:
        if model.frozen:
            raise Fault(M("A round uses this set, so it is frozen. Clone it as a new version."))

    @expose("/tree/")
    def tree_view(self) -> Any:
        """Show the set as a tree, with what is wrong at its rows."""
        set_ = self.get_one(request.args.get("id", ""))
        rows = sets.rows_of(set_)
        faults: dict[int | None, list[Any]] = {}
        for fault in sets.check(rows):
            faults.setdefault(fault.criterion.id if fault.criterion else None, []).append(fault.message)
        exclusion = m.CriterionExclusion
        groups: dict[int, list[str]] = {}
        for criterion_id, name in db.session.execute(
            select(exclusion.criterion_id, m.UnitGroup.name)
            .join(m.UnitGroup, m.UnitGroup.id == exclusion.group_id)
            .join(m.Criterion, m.Criterion.id == exclusion.criterion_id)
            .where(m.Criterion.set_id == set_.id)
        ):
            groups.setdefault(criterion_id, []).append(name)
        inside = sum((row.max_points or 0 for row in rows if row.kind is CriterionKind.FIELD), start=0)
        return self.render("admin/criteria/tree.html", set=set_, rows=rows, faults=faults, groups=groups, total=inside)

    @expose("/row/", methods=("GET", "POST"))
    def row_view(self) -> Any:
        """Show a row with its rule; change it where the set is not frozen; try its rule anywhere."""
        criterion = db.session.get(m.Criterion, self._one_id())
        if criterion is None:
            raise hidden()
        return self._row(criterion.criteria_set, criterion, _method(criterion.method))

    @expose("/row/new/", methods=("GET", "POST"))
    def new_row_view(self) -> Any:
        """Add a row: first its method, then the form of that method."""
        set_ = self.get_one(request.args.get("set", ""))
        return self._row(set_, None, _method(None))

    def _row(self, set_: m.CriteriaSet, criterion: m.Criterion | None, method: Method | None) -> Any:
        if method is None:
            return self.render("admin/criteria/method.html", set=set_, methods=Method)
        form = self._form(set_, criterion, method)
        shown: dict[str, Any] = {"result": None, "faults": {}, "typed": {}}
        rule = criterion.rule if criterion is not None and method is criterion.method else None
        code = 200
        if request.method == "POST":
            if "_try" in request.form:
                rule = rule if set_.frozen else self._typed_rule(form, method)
                shown = _tried(rule) if rule is not None else shown
            elif not form.validate():
                self._typed_rule(form, method)  # all faults at once
            elif self._save(set_, criterion, method, form):
                return redirect(self.get_url(".tree_view", id=set_.id))
            code = 422 if form.errors else 200
        locked = set_.frozen or not self.writable
        if locked:
            _lock(form)
        page = self.render(
            "admin/criteria/row.html",
            set=set_,
            criterion=criterion,
            form=form,
            method=method,
            methods=Method,
            own=[s.field_name for s in SETTINGS[method]],
            common=[s.field_name for s in COMMON],
            rule=rule,
            scored=method not in GROUP_METHODS,
            locked=locked,
            **shown,
        )
        return page, code

    def _form(self, set_: m.CriteriaSet, criterion: m.Criterion | None, method: Method) -> Any:
        # A frozen row posts no field but those of the try: it is shown as it is stored.
        posted = request.form if request.method == "POST" and not (set_.frozen and "_try" in request.form) else None
        if criterion is None:
            above = db.session.get(m.Criterion, whole(request.args.get("parent"), 0))
            above = above if above is not None and above.set_id == set_.id else None
            data: dict[str, Any] = {
                "kind": _BELOW.get(above.kind if above else None),
                "code": f"{above.code}." if above else "",
            }
        else:
            excluded = select(m.CriterionExclusion.group_id).where(m.CriterionExclusion.criterion_id == criterion.id)
            names = ("version", "code", "name", "kind", "max_points", "evidence_required")
            data = {name: getattr(criterion, name) for name in names}
            data["excluded"] = list(db.session.scalars(excluded))
            rule = criterion.rule_json if method is criterion.method else _texts(criterion.rule_json)
            data |= from_rule(method, rule)
        form: CriterionForm = form_class(method)(posted, data={**data, "method": method.value})
        groups = db.session.scalars(select(m.UnitGroup).order_by(m.UnitGroup.code))
        form.excluded.offer((group.id, group.name) for group in groups)
        return form

    def _typed_rule(self, form: Any, method: Method) -> Rule | None:
        """Return the rule that was typed; where it cannot stand, tell why at its fields."""
        try:
            return sets.read_rule(method, to_rule(method, form), form.max_points.data)
        except Fault as fault:
            self._tell(form, fault)
            return None

    def _save(self, set_: m.CriteriaSet, criterion: m.Criterion | None, method: Method, form: Any) -> bool:
        if not self.writable:
            raise hidden()
        values = CriterionValues(
            code=form.code.data,
            name=form.name.data,
            kind=form.kind.data,
            max_points=form.max_points.data,
            method=method,
            rule=to_rule(method, form),
            evidence_required=form.evidence_required.data,
            excluded=frozenset(form.excluded.data or ()),
        )
        try:
            sets.save(set_, criterion, values, whole(form.version.data))
        except (Fault, StaleDataError) as fault:
            self._tell(form, fault)
            return False
        flash(_("Saved."), "success")
        return True

    @expose("/row/remove/", methods=("POST",))
    def remove_view(self) -> Any:
        """Take a row out of its set."""
        criterion = db.session.get(m.Criterion, whole(request.form.get("id"), 0))
        if criterion is None:
            raise hidden()
        set_id = criterion.set_id
        if "confirmed" not in request.form:
            question = _("Take “%(name)s” out of the set?", name=str(criterion))
            back = self.get_url(".tree_view", id=set_id)
            return self.render(
                "admin/confirm.html", question=question, verb=_("Remove"), return_url=back, fields={"id": criterion.id}
            )
        try:
            sets.remove(criterion)
            flash(_("Removed."), "success")
        except Fault as fault:
            self._tell(None, fault)
        return redirect(self.get_url(".tree_view", id=set_id))

    @expose("/clone/", methods=("GET", "POST"))
    def clone_view(self) -> Any:
        """Make a new version of a set."""
        set_ = self.get_one(request.args.get("id", ""))
        form = CloneForm(request.form if request.method == "POST" else None, data={"name": set_.name})
        if request.method == "POST" and form.validate():
            try:
                copy = sets.clone(set_, form.code.data, form.name.data)
                flash(_("The new version may be changed until a round uses it."), "success")
                return redirect(self.get_url(".tree_view", id=copy.id))
            except Fault as fault:
                self._tell(form, fault)
        page = self.render("admin/criteria/clone.html", set=set_, form=form)
        return page, 422 if form.errors else 200


def _method(present: Method | None) -> Method | None:
    """Return the method of the form: the posted one, the one asked for, else the present one."""
    asked = request.form.get("method") or request.args.get("method")
    return Method(asked) if asked in set(Method) else present


def _lock(form: Any) -> None:
    """Show every field, let none be changed."""
    for field in form:
        for part in [field, *(part for row in getattr(field, "entries", ()) for part in row.form)]:
            if part.name != "csrf_token":
                part.render_kw = {**(part.render_kw or {}), "disabled": True}


def _texts(rule: dict[str, Any]) -> dict[str, Any]:
    """Keep the settings that every method has when the method changes."""
    return {setting.key: rule[setting.key] for setting in COMMON if setting.key in rule}


def _tried(rule: Rule) -> dict[str, Any]:
    """Count the points of the figures that were typed into the try."""
    typed: dict[str, Any] = {}
    for spec in rule.inputs:
        name = TRY + spec.name
        typed[spec.name] = request.form.getlist(name) if spec.kind is InputKind.PARTS else request.form.get(name, "")
    try:
        outcome = rule.points(rule.read(typed))
    except InputFault as fault:
        return {"result": None, "faults": fault.faults, "typed": typed}
    return {"result": outcome, "faults": {}, "typed": typed}

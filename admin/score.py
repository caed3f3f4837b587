"""Scores of every layer, read only; a superior enters its own layer, with a reason, and the unit is told (Điều 4.1)."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import joinedload
from wtforms import BooleanField
from wtforms.validators import InputRequired, Length

import models as m
from admin.base import ScopedModelView
from admin.forms import AdminForm, LongField, LookupField, PlainField, ScopedSelect, VersionField
from admin.listing import Filter, Shown, folded, title, whole, words_of, yes_no
from admin.lookups import contains, units
from admin.round import round_filter
from admin.unit import levels, unit_filter
from extensions import db
from i18n import render
from permissions.actor import current_actor
from permissions.gate import Refused, hidden
from permissions.policies import judge
from rules.points import InputKind
from rules.text import fold
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import supervision
from services.score import Entry, EntryFault, StaleEntry
from services.tabular import Kind

FIGURE = "figure_"


class ChoiceForm(AdminForm):
    """Which leaf of which unit the superior wants to enter."""

    round = ScopedSelect(_l("Round"), query_factory=lambda: db.session.query(m.Round).order_by(m.Round.year.desc()))
    unit = LookupField(units(), _l("Unit"), [InputRequired()])
    code = PlainField(_l("Code of the criterion"), [InputRequired(), Length(max=32)])


class SuperiorForm(AdminForm):
    """The superior's own layer of one leaf, beside its figures."""

    version = VersionField()
    stated = PlainField(_l("Other points than the figures give"), [Length(max=20)], description=_l("Usually empty."))
    not_applicable = BooleanField(_l("Does not apply to the unit"))
    note = LongField(_l("Note"), [Length(max=4000)])
    reason = LongField(_l("Reason"), [InputRequired(), Length(max=2000)], description=_l("The unit reads it."))


class ScoreView(ScopedModelView):
    """What each layer says of each leaf, within the reader's scope."""

    read_verbs = (Verb.READ_PROVISIONAL,)
    write_verb = Verb.SCORE_SUPERIOR
    own_writes = frozenset({"superior_view"})
    creates = edits = deletes = False
    simple_list_pager = True
    ids_first = True
    shown = (
        Shown("unit", _l("Unit"), m.Unit.name, m.Unit.name_sort),
        Shown("round", _l("Round"), m.Round.name),
        Shown("code", _l("Code"), m.Criterion.code),
        Shown("criterion", _l("Criterion"), m.Criterion.name),
        Shown("layer", _l("Layer"), m.Score.layer, m.Score.layer, cell=title),
        Shown("points", _l("Points"), m.Score.points, m.Score.points, Kind.DECIMAL),
        Shown("not_applicable", _l("Not applicable"), m.Score.not_applicable, cell=yes_no),
        Shown("author", _l("Entered by"), m.Account.full_name),
        Shown("author_for", _l("On behalf of"), m.Score.author_for),
        Shown("updated_at", _l("At"), m.Score.updated_at, m.Score.updated_at, Kind.DATETIME),
    )
    also = (
        Shown("computed_points", _l("Points by the figures"), m.Score.computed_points, kind=Kind.DECIMAL),
        Shown("stated_points", _l("Other points, with a reason"), m.Score.stated_points, kind=Kind.DECIMAL),
        Shown("note", _l("Note"), m.Score.note),
        Shown("reason", _l("Reason"), m.Score.reason),
    )
    order = (m.Score.id.desc(),)
    searched = (m.Unit.name_search, m.Criterion.name_search)
    searched_codes = (m.Criterion.code,)
    filters = (
        round_filter(m.Assessment.round_id),
        Filter(
            "level",
            _l("Level"),
            lambda value: m.Score.criteria_set_id.in_(
                select(m.CriteriaSet.id).where(m.CriteriaSet.level_id == int(value))
            ),
            levels,
        ),
        unit_filter(),
        Filter("criterion", _l("Criterion"), folded(m.Criterion.name_search, m.Criterion.code)),
        Filter("layer", _l("Layer"), lambda value: m.Score.layer == Layer(int(value)), words_of(Layer)),
    )

    def source(self, query: Select[Any]) -> Select[Any]:
        return (
            query.join(m.Unit, m.Unit.id == m.Score.unit_id)
            .join(m.Criterion, m.Criterion.id == m.Score.criterion_id)
            .join(m.Assessment, m.Assessment.id == m.Score.assessment_id)
            .join(m.Round, m.Round.id == m.Assessment.round_id)
            .outerjoin(m.Account, m.Account.id == m.Score.author_id)  # an author outside the reader's scope has no name
        )

    def row_links(self) -> list[tuple[str, str]]:
        return [(_("Enter as superior"), self.get_url(".superior_view") + "?id=")] if self.writable else []

    @expose("/superior/", methods=("GET", "POST"))
    def superior_view(self) -> Any:
        """Enter the superior's layer of one leaf: chosen first, or that of a score of the list."""
        if "id" in request.args:
            score = self.get_one(request.args.get("id", ""))
            return redirect(self.get_url(".superior_view", form=score.assessment_id, leaf=score.criterion_id))
        if "form" not in request.args:
            return self._choose()
        sheet, leaf = self._sheet_and_leaf()
        return self._enter(sheet, leaf)

    def _choose(self) -> Any:
        form = ChoiceForm(request.args if "code" in request.args else None, meta={"csrf": False})
        if "code" in request.args and form.validate() and form.round.data and form.unit.data:
            found = db.session.execute(
                select(m.Assessment.id, m.Criterion.id)
                .join(m.Criterion, m.Criterion.set_id == m.Assessment.criteria_set_id)
                .where(
                    m.Assessment.round_id == form.round.data.id,
                    m.Assessment.unit_id == form.unit.data.id,
                    m.Criterion.code == form.code.data,
                    m.Criterion.is_leaf,
                )
            ).one_or_none()
            if found is not None:
                return redirect(self.get_url(".superior_view", form=found[0], leaf=found[1]))
            form.code.errors = [_("The form of this unit has no such criterion that is scored.")]
        return self.render("admin/score/choose.html", form=form)

    @staticmethod
    def _sheet_and_leaf() -> tuple[m.FieldSheet, m.Criterion]:
        form_id, leaf_id = whole(request.args.get("form"), 0), whole(request.args.get("leaf"), 0)
        found = db.session.execute(
            select(m.FieldSheet, m.Criterion)
            .join(m.Criterion, m.Criterion.set_id == m.FieldSheet.criteria_set_id)
            .options(joinedload(m.FieldSheet.assessment).joinedload(m.Assessment.unit))
            .where(m.FieldSheet.assessment_id == form_id, m.Criterion.id == leaf_id, m.Criterion.is_leaf)
            .where(m.FieldSheet.field_id.in_(_tops(m.Criterion)))
        ).one_or_none()
        if found is None:
            raise hidden()
        return found[0], found[1]

    def _enter(self, sheet: m.FieldSheet, leaf: m.Criterion) -> Any:
        actor = current_actor()
        if actor is None:
            raise hidden()
        layers = {score.layer: score for score in self._scores(sheet, leaf)}
        present = layers.get(Layer.SUPERIOR)
        typed: dict[str, Any] = dict(present.inputs) if present is not None else {}
        faults: dict[str, Any] = {}
        form = SuperiorForm(request.form if request.method == "POST" else None, data=_data(present))
        if request.method == "POST":
            typed = _figures(leaf)
            if form.validate():
                faults = self._save(sheet, leaf, form, typed)
                if not faults and not form.errors:
                    flash(_("Saved as the value of the superior; the unit is told."), "success")
                    return redirect(self.get_url(".index_view"))
        verdict = judge(db.session(), actor, Verb.SCORE_SUPERIOR, sheet, reason=".")
        page = self.render(
            "admin/score/superior.html",
            sheet=sheet,
            leaf=leaf,
            form=form,
            typed=typed,
            faults=faults,
            verdict=verdict,
            round=sheet.assessment.round,
            layers=[layers[layer] for layer in sorted(layers)],
        )
        return page, 422 if request.method == "POST" else 200

    @staticmethod
    def _scores(sheet: m.FieldSheet, leaf: m.Criterion) -> Any:
        query = select(m.Score).where(m.Score.assessment_id == sheet.assessment_id, m.Score.criterion_id == leaf.id)
        return db.session.scalars(query)

    @staticmethod
    def _save(sheet: m.FieldSheet, leaf: m.Criterion, form: Any, typed: dict[str, Any]) -> dict[str, Any]:
        """Save, or put each fault to its field; return the faults of the figures."""
        entry = Entry(
            inputs=typed,
            stated=form.stated.data or "",
            not_applicable=form.not_applicable.data,
            note=form.note.data or "",
            reason=form.reason.data or "",
            version=whole(form.version.data, 0),
        )
        try:
            supervision.score(sheet, leaf, entry)
        except EntryFault as refused:
            faults = dict(refused.faults.get(leaf.code, {}))
            for name in [name for name in faults if name in form]:
                form[name].errors = [render(faults.pop(name))]
            form.form_errors.extend(render(words) for words in faults.values())
            return faults
        except StaleEntry as stale:
            now = stale.current.get(leaf.code)
            form.version.process(None, now.version if now is not None else 0)
            form.form_errors.append(_("Somebody else changed this since you opened it. Look at it, then save again."))
        except Refused as refused:
            form.form_errors.append(render(refused.verdict.why or ""))
        return {}


def _tops(leaf: Any) -> Any:
    """Select the field of a leaf: the top row of its set with its field code."""
    top = m.Criterion.__table__.alias()
    return select(top.c.id).where(top.c.set_id == leaf.set_id, top.c.code == leaf.field_code)


def _figures(leaf: m.Criterion) -> dict[str, Any]:
    posted = request.form
    return {
        spec.name: posted.getlist(FIGURE + spec.name)
        if spec.kind is InputKind.PARTS
        else posted.get(FIGURE + spec.name, "")
        for spec in leaf.rule.inputs
    }


def _data(score: m.Score | None) -> dict[str, Any]:
    if score is None:
        return {"version": 0}
    stated = "" if score.stated_points is None else f"{score.stated_points.normalize():f}".replace(".", ",")
    return {
        "version": score.version,
        "stated": stated,
        "not_applicable": score.not_applicable,
        "note": score.note,
        "reason": score.reason,
    }


class EvidenceView(ScopedModelView):
    """Documents that units name as proof; units keep them on their own forms."""

    read_verbs = (Verb.READ_PROVISIONAL,)
    creates = edits = deletes = False
    simple_list_pager = True
    shown = (
        Shown("title", _l("Title"), m.Evidence.title),
        Shown("number", _l("Number"), m.Evidence.number, m.Evidence.number),
        Shown("issued_on", _l("Date"), m.Evidence.issued_on, m.Evidence.issued_on, Kind.DATE),
        Shown("issuer", _l("Issued by"), m.Evidence.issuer),
        Shown("unit", _l("Unit"), m.Unit.name, m.Unit.name_sort),
        Shown("created_at", _l("Entered"), m.Evidence.created_at, m.Evidence.created_at, Kind.DATETIME),
    )
    also = (Shown("link", _l("Link"), m.Evidence.link),)
    order = (m.Evidence.id.desc(),)
    searched = (m.Evidence.title_search, m.Unit.name_search)
    searched_codes = (m.Evidence.number,)
    filters = (
        unit_filter(),
        Filter(
            "criterion",
            _l("Code of the criterion"),
            lambda value: m.Evidence.id.in_(
                select(m.EvidenceLink.evidence_id)
                .join(m.Criterion, m.Criterion.id == m.EvidenceLink.criterion_id)
                .where(contains(m.Criterion.code, fold(value)))
            ),
        ),
    )

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.join(m.Unit, m.Unit.id == m.Evidence.unit_id)

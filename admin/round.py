"""Rounds with their ranking groups, classes and windows, and the act that opens a round."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Select, select
from wtforms.validators import Length

import models as m
from admin.base import ScopedModelView
from admin.forms import DecimalField, PlainField, RowForm, RowsField, TicksField
from admin.listing import Filter, Shown, title, words_of, yes_no
from admin.unit import levels
from extensions import db
from i18n import render
from permissions.gate import Act
from rules.message import M
from rules.verbs import Verb
from rules.vocabulary import Stage
from services import round as rounds
from services.faults import Fault, in_order
from services.tabular import Kind


def round_options() -> list[tuple[int, str]]:
    """Options of a filter by round, the latest first."""
    return [
        (id_, name) for id_, name in db.session.execute(select(m.Round.id, m.Round.name).order_by(m.Round.year.desc()))
    ]


def round_filter(column: Any) -> Filter:
    """Filter by round."""
    condition: Any = lambda value: column == int(value)  # noqa: E731 - a condition in one line
    return Filter("round", _l("Round"), condition, round_options)


class RoundView(ScopedModelView):
    """The yearly evaluations. A round opens once, when its groups, classes and windows are there."""

    read_verbs = (Verb.MANAGE_ROUND,)
    write_verb = Verb.MANAGE_ROUND
    own_writes = frozenset({"open_view"})
    shown = (
        Shown("name", _l("Name"), m.Round.name),
        Shown("code", _l("Code"), m.Round.code, m.Round.code),
        Shown("year", _l("Year"), m.Round.year, m.Round.year, Kind.INTEGER),
        Shown("cut_off_on", _l("Cut-off date"), m.Round.cut_off_on, m.Round.cut_off_on, Kind.DATE),
        Shown("opened_at", _l("Opened"), m.Round.opened_at, m.Round.opened_at, Kind.DATETIME),
        Shown("illustrative", _l("Illustrative data"), m.Round.illustrative, cell=yes_no),
    )
    also = (
        Shown("shown_places", _l("Decimals shown"), m.Round.shown_places, kind=Kind.INTEGER),
        Shown("typed_places", _l("Decimals that may be typed"), m.Round.typed_places, kind=Kind.INTEGER),
        Shown("tie_rule", _l("Equal values share a rank"), m.Round.tie_rule, cell=title),
        Shown("rank_by", _l("Ranked by"), m.Round.rank_by, cell=title),
        Shown("stated_points_allowed", _l("Units may claim other points"), m.Round.stated_points_allowed, cell=yes_no),
        Shown("rank_unentered", _l("Rank units that entered nothing"), m.Round.rank_unentered, cell=yes_no),
    )
    order = (m.Round.year.desc(),)
    searched_here = (m.Round.code, m.Round.name)
    form_columns = (
        "code",
        "name",
        "year",
        "cut_off_on",
        "shown_places",
        "typed_places",
        "tie_rule",
        "rank_by",
        "stated_points_allowed",
        "rank_unentered",
        "illustrative",
    )
    column_labels = {
        "code": _l("Code"),
        "name": _l("Name"),
        "year": _l("Year"),
        "cut_off_on": _l("Cut-off date"),
        "shown_places": _l("Decimals shown"),
        "typed_places": _l("Decimals that may be typed"),
        "tie_rule": _l("Equal values share a rank"),
        "rank_by": _l("Ranked by"),
        "stated_points_allowed": _l("Units may claim other points"),
        "rank_unentered": _l("Rank units that entered nothing"),
        "illustrative": _l("Illustrative data"),
    }
    column_descriptions = {
        "cut_off_on": _l("Units valid on this day take part; usually 31 December."),
        "shown_places": _l("0 to 3."),
        "typed_places": _l("0 to 4."),
        "stated_points_allowed": _l("Other points than the figures show, with a reason."),
        "illustrative": _l("Every page of the round says that its figures are made up."),
    }
    form_args = {
        "year": {"most": 2200},
        "shown_places": {"most": 3},
        "typed_places": {"most": 4},
    }

    def row_links(self) -> list[tuple[str, str]]:
        return [(_("Open the round"), self.get_url(".open_view") + "?id=")] if self.writable else []

    def apply(self, form: Any, model: m.Round, doing: Act, *, created: bool) -> None:
        if not created and model.opened_at is not None and form.cut_off_on.object_data != form.cut_off_on.data:
            raise Fault({"cut_off_on": M("The round is open: its units were made by the cut-off date it had.")})

    def before_delete(self, model: m.Round, doing: Act) -> None:
        if model.opened_at is not None:
            raise Fault(M("An open round is not deleted."))

    @expose("/open/", methods=("GET", "POST"))
    def open_view(self) -> Any:
        """Show what is missing before the round can open; open it when nothing is."""
        round_ = self.get_one(request.args.get("id", ""))
        if request.method == "POST":
            try:
                made = rounds.open_round(round_)
            except rounds.RoundFault as fault:
                for message in fault.faults:
                    flash(render(message), "error")
            else:
                done = ngettext("%(num)s form was made.", "%(num)s forms were made.", made)
                flash(" ".join((_("The round is open."), done)), "success")
                return redirect(self.get_url(".details_view", id=round_.id))
        faults = rounds.check(round_)
        return self.render("admin/round/open.html", row=round_, faults=faults), 422 if request.method == "POST" else 200


class ClassRow(RowForm):
    """A class of results and its lower bound."""

    name = PlainField(_l("Class"), [Length(max=80)])
    lower_bound = DecimalField(_l("From (bound included)"))


class RankingGroupView(ScopedModelView):
    """Units ranked together: their level, kinds, criteria set and classes."""

    read_verbs = (Verb.MANAGE_ROUND,)
    write_verb = Verb.MANAGE_ROUND
    shown = (
        Shown("name", _l("Name"), m.RankingGroup.name),
        Shown("code", _l("Code"), m.RankingGroup.code, m.RankingGroup.code),
        Shown("round", _l("Round"), m.Round.name, m.Round.year),
        Shown("level", _l("Level"), m.Level.name, m.Level.position),
        Shown("criteria_set", _l("Criteria set"), m.CriteriaSet.name, m.CriteriaSet.code),
    )
    order = (m.Round.year.desc(), m.Level.position)
    searched_here = (m.RankingGroup.code, m.RankingGroup.name)
    filters = (
        round_filter(m.RankingGroup.round_id),
        Filter("level", _l("Level"), lambda value: m.RankingGroup.level_id == int(value), levels),
    )
    form_columns = ("round", "code", "name", "level", "kinds", "criteria_set", "classes")
    form_extra_fields = {
        "kinds": TicksField(_l("Kinds of units"), description=_l("None ticked: all kinds of the level.")),
        "classes": RowsField(ClassRow, _l("Classes"), most=10),
    }
    column_labels = {
        "round": _l("Round"),
        "code": _l("Code"),
        "name": _l("Name"),
        "level": _l("Level"),
        "criteria_set": _l("Criteria set"),
    }

    def source(self, query: Select[Any]) -> Select[Any]:
        return (
            query.join(m.Round, m.Round.id == m.RankingGroup.round_id)
            .join(m.Level, m.Level.id == m.RankingGroup.level_id)
            .join(m.CriteriaSet, m.CriteriaSet.id == m.RankingGroup.criteria_set_id)
        )

    def create_form(self, obj: Any = None) -> Any:
        return self._with_kinds(super().create_form(obj))

    def edit_form(self, obj: m.RankingGroup | None = None) -> Any:
        form = super().edit_form(obj)
        if request.method == "GET" and obj is not None:
            narrowed = m.RankingGroupKind
            form.kinds.data = list(db.session.scalars(select(narrowed.kind_id).where(narrowed.group_id == obj.id)))
        return self._with_kinds(form)

    @staticmethod
    def _with_kinds(form: Any) -> Any:
        kinds = db.session.scalars(select(m.UnitKind).order_by(m.UnitKind.id)).all()
        form.kinds.offer((kind.id, kind.name) for kind in kinds)
        form.kinds.levels = {kind.id: kind.level_id for kind in kinds}
        return form

    def apply(self, form: Any, model: m.RankingGroup, doing: Act, *, created: bool) -> None:
        _refuse_open(form.round.data, form.criteria_set, model, created=created)
        if form.criteria_set.data.level_id != form.level.data.id:
            raise Fault({"criteria_set": M("This criteria set is for another level.")})
        db.session.add(model)
        db.session.flush()
        self._save_kinds(model, form)
        self._save_classes(model, form.classes.filled)

    @staticmethod
    def _save_kinds(group: m.RankingGroup, form: Any) -> None:
        wanted = set(form.kinds.data or ())
        if any(form.kinds.levels.get(kind_id) != group.level_id for kind_id in wanted):
            raise Fault({"kinds": M("Tick only kinds of the chosen level.")})
        present = db.session.scalars(select(m.RankingGroupKind).where(m.RankingGroupKind.group_id == group.id)).all()
        for row in present:
            if row.kind_id not in wanted:
                db.session.delete(row)
        for kind_id in wanted - {row.kind_id for row in present}:
            db.session.add(m.RankingGroupKind(group_id=group.id, kind_id=kind_id))

    @staticmethod
    def _save_classes(group: m.RankingGroup, rows: list[dict[str, Any]]) -> None:
        wanted: dict[str, Decimal] = {}
        for row in rows:
            if not row["name"] or row["lower_bound"] is None:
                raise Fault({"classes": M("Each class needs a name and a lower bound.")})
            if row["name"] in wanted or row["lower_bound"] in wanted.values():
                raise Fault({"classes": M("Two classes have the same name or the same lower bound.")})
            wanted[row["name"]] = row["lower_bound"]
        if wanted and min(wanted.values()) != 0:
            raise Fault({"classes": M("The lowest class begins at 0, so that every unit has one.")})
        present = {band.name: band for band in group.classes}
        for name, band in present.items():
            if name not in wanted or band.lower_bound != wanted[name]:
                db.session.delete(band)
        db.session.flush()  # bounds are unique: the old ones go before the new ones come
        for name, bound in wanted.items():
            if name not in present or present[name].lower_bound != bound:
                db.session.add(m.ClassBand(group_id=group.id, name=name, lower_bound=bound))

    def before_delete(self, model: m.RankingGroup, doing: Act) -> None:
        if model.round.opened_at is not None:
            raise Fault(M("The round is open: its groups stay as they are."))


def _refuse_open(round_: m.Round, criteria_set: Any, group: m.RankingGroup, *, created: bool) -> None:
    """Once a round is open, groups are not added and keep their criteria set; names and classes may change."""
    if round_.opened_at is None:
        return
    if created:
        raise Fault({"round": M("The round is open: its groups stay as they are.")})
    if criteria_set.object_data is not None and criteria_set.object_data.id != criteria_set.data.id:
        raise Fault({"criteria_set": M("The round is open: its criteria sets are frozen.")})


class WindowView(ScopedModelView):
    """When a stage is open for a level; extensions of single units are given on the progress board."""

    read_verbs = (Verb.MANAGE_ROUND,)
    write_verb = Verb.MANAGE_ROUND
    shown = (
        Shown("stage", _l("Stage"), m.Window.stage, cell=title),
        Shown("level", _l("Level"), m.Level.name, m.Level.position),
        Shown("round", _l("Round"), m.Round.name, m.Round.year),
        Shown("opens_at", _l("Opens"), m.Window.opens_at, m.Window.opens_at, Kind.DATETIME),
        Shown("closes_at", _l("Closes"), m.Window.closes_at, m.Window.closes_at, Kind.DATETIME),
    )
    order = (m.Round.year.desc(), m.Level.position, m.Window.opens_at)
    filters = (
        round_filter(m.Window.round_id),
        Filter("level", _l("Level"), lambda value: m.Window.level_id == int(value), levels),
        Filter("stage", _l("Stage"), lambda value: m.Window.stage == Stage(value), words_of(Stage)),
    )
    form_columns = ("round", "level", "stage", "opens_at", "closes_at")
    column_labels = {
        "round": _l("Round"),
        "level": _l("Level"),
        "stage": _l("Stage"),
        "opens_at": _l("Opens"),
        "closes_at": _l("Closes"),
    }
    column_descriptions = {"closes_at": _l("At this minute the stage is closed.")}

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.join(m.Round, m.Round.id == m.Window.round_id).join(m.Level, m.Level.id == m.Window.level_id)

    def apply(self, form: Any, model: m.Window, doing: Act, *, created: bool) -> None:
        in_order(model.opens_at, model.closes_at, "closes_at")
        if model.opens_at == model.closes_at:
            raise Fault({"closes_at": M("The end lies before the beginning.")})

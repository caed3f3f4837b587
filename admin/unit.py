"""Levels, kinds, units, groups of units and what became of units (Điều 9.1)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

import models as m
from admin.base import ScopedModelView
from admin.forms import WordField
from admin.listing import Filter, Shown, folded, title
from admin.lookups import units
from extensions import db
from permissions.gate import Act
from rules.message import M, Message
from rules.verbs import Verb
from services import unit as tree
from services.faults import Fault
from services.tabular import Kind

Parent = aliased(m.Unit)
Before = aliased(m.Unit)
After = aliased(m.Unit)


class How(StrEnum):
    """How one unit went over into another."""

    WHOLE = "whole"
    PART = "part"

    @property
    def title(self) -> Message:  # type: ignore[override]
        return M("The whole unit") if self is How.WHOLE else M("A part of it")


def levels() -> list[tuple[int, str]]:
    """Options of a filter by level."""
    return [
        (id_, name) for id_, name in db.session.execute(select(m.Level.id, m.Level.name).order_by(m.Level.position))
    ]


def kinds() -> list[tuple[int, str]]:
    """Options of a filter by kind."""
    return [
        (id_, name) for id_, name in db.session.execute(select(m.UnitKind.id, m.UnitKind.name).order_by(m.UnitKind.id))
    ]


def unit_filter(label: Any = None, unit: Any = m.Unit) -> Filter:
    """Filter by a part of a unit's name, or its code: a long list of names has no place above a table."""
    return Filter("unit", label or _l("Unit"), folded(unit.name_search, unit.code))


class LevelView(ScopedModelView):
    """Levels of administration that criteria sets, windows and rankings refer to."""

    read_verbs = (Verb.MANAGE_CATALOGUE,)
    write_verb = Verb.MANAGE_CATALOGUE
    shown = (
        Shown("code", _l("Code"), m.Level.code, m.Level.code),
        Shown("name", _l("Name"), m.Level.name),
        Shown("position", _l("Position"), m.Level.position, m.Level.position, Kind.INTEGER),
    )
    order = (m.Level.position,)
    searched_here = (m.Level.code, m.Level.name)
    form_columns = ("code", "name", "position")
    column_editable_list = ("name", "position")
    column_labels = {"code": _l("Code"), "name": _l("Name"), "position": _l("Position")}


class UnitKindView(ScopedModelView):
    """Kinds of units and the level each belongs to."""

    read_verbs = (Verb.MANAGE_CATALOGUE,)
    write_verb = Verb.MANAGE_CATALOGUE
    shown = (
        Shown("name", _l("Name"), m.UnitKind.name),
        Shown("level", _l("Level"), m.Level.name, m.Level.position),
    )
    order = (m.Level.position, m.UnitKind.id)
    searched_here = (m.UnitKind.name,)
    filters = (Filter("level", _l("Level"), lambda value: m.UnitKind.level_id == int(value), levels),)
    form_columns = ("name", "level")
    column_labels = {"name": _l("Name"), "level": _l("Level")}

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.join(m.Level, m.Level.id == m.UnitKind.level_id)


class UnitView(ScopedModelView):
    """Units of administration; a unit that ended is closed by its last day, never deleted."""

    read_verbs = (Verb.MANAGE_CATALOGUE, Verb.MANAGE_COUNCIL)
    write_verb = Verb.MANAGE_CATALOGUE
    deletes = False  # the audit trail and every year that knew the unit point to it
    shown = (
        Shown("name", _l("Name"), m.Unit.name, m.Unit.name_sort),
        Shown("code", _l("Code"), m.Unit.code, m.Unit.code),
        Shown("kind", _l("Kind"), m.UnitKind.name, m.UnitKind.name),
        Shown("level", _l("Level"), m.Level.name, m.Level.position),
        Shown("parent", _l("Superior unit"), Parent.name, Parent.name_sort),
        Shown("valid_from", _l("First day"), m.Unit.valid_from, m.Unit.valid_from, Kind.DATE),
        Shown("valid_to", _l("Last day"), m.Unit.valid_to, m.Unit.valid_to, Kind.DATE),
    )
    order = (m.Unit.name_sort,)
    searched = (m.Unit.name_search,)
    searched_codes = (m.Unit.code,)
    filters = (
        Filter("level", _l("Level"), lambda value: m.UnitKind.level_id == int(value), levels),
        Filter("kind", _l("Kind"), lambda value: m.Unit.kind_id == int(value), kinds),
        unit_filter(_l("Superior unit"), Parent),
    )
    form_columns = ("code", "name", "kind", "parent", "valid_from", "valid_to")
    form_ajax_refs = {"parent": units()}
    column_labels = {
        "code": _l("Code"),
        "name": _l("Name"),
        "kind": _l("Kind"),
        "parent": _l("Superior unit"),
        "valid_from": _l("First day"),
        "valid_to": _l("Last day"),
    }
    column_descriptions = {"parent": _l("Type a code or a part of the name."), "valid_to": _l("Empty while it exists.")}

    def source(self, query: Select[Any]) -> Select[Any]:
        return (
            query.join(m.UnitKind, m.UnitKind.id == m.Unit.kind_id)
            .join(m.Level, m.Level.id == m.UnitKind.level_id)
            .outerjoin(Parent, Parent.id == m.Unit.parent_id)
        )

    def apply(self, form: Any, model: m.Unit, doing: Act, *, created: bool) -> None:
        tree.place(model, form.parent.data)


class UnitGroupView(ScopedModelView):
    """Groups of units kept by Sở Nội vụ, for example those without administrative procedures."""

    read_verbs = (Verb.MANAGE_CATALOGUE,)
    write_verb = Verb.MANAGE_CATALOGUE
    shown = (
        Shown("name", _l("Name"), m.UnitGroup.name),
        Shown("code", _l("Code"), m.UnitGroup.code, m.UnitGroup.code),
    )
    order = (m.UnitGroup.code,)
    searched_here = (m.UnitGroup.code, m.UnitGroup.name)
    form_columns = ("code", "name")
    column_labels = {"code": _l("Code"), "name": _l("Name")}


class UnitGroupMemberView(ScopedModelView):
    """Which units are in which group."""

    read_verbs = (Verb.MANAGE_CATALOGUE,)
    write_verb = Verb.MANAGE_CATALOGUE
    edits = False
    shown = (
        Shown("unit", _l("Unit"), m.Unit.name, m.Unit.name_sort),
        Shown("code", _l("Code"), m.Unit.code, m.Unit.code),
        Shown("group", _l("Group of units"), m.UnitGroup.name, m.UnitGroup.code),
    )
    order = (m.UnitGroup.code, m.Unit.name_sort)
    searched = (m.Unit.name_search,)
    searched_codes = (m.Unit.code,)
    filters = (
        Filter(
            "group",
            _l("Group of units"),
            lambda value: m.UnitGroupMember.group_id == int(value),
            lambda: [(g.id, g.name) for g in db.session.scalars(select(m.UnitGroup).order_by(m.UnitGroup.code))],
        ),
    )
    form_columns = ("group", "unit")
    form_ajax_refs = {"unit": units()}
    column_labels = {"group": _l("Group of units"), "unit": _l("Unit")}

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.join(m.Unit, m.Unit.id == m.UnitGroupMember.unit_id).join(
            m.UnitGroup, m.UnitGroup.id == m.UnitGroupMember.group_id
        )


class UnitChangeView(ScopedModelView):
    """Mergers, splits and renamings: years are joined by these rows, never by name."""

    read_verbs = (Verb.MANAGE_CATALOGUE,)
    write_verb = Verb.MANAGE_CATALOGUE
    shown = (
        Shown("from_unit", _l("From unit"), Before.name, Before.name_sort),
        Shown("from_code", _l("Its code"), Before.code, Before.code),
        Shown("to_unit", _l("Into unit"), After.name, After.name_sort),
        Shown("to_code", _l("Code of the new unit"), After.code, After.code),
        Shown("effective_on", _l("On"), m.UnitChange.effective_on, m.UnitChange.effective_on, Kind.DATE),
        Shown("how", _l("How"), m.UnitChange.how, cell=lambda value: title(How(value))),
    )
    order = (m.UnitChange.effective_on.desc(), Before.name_sort)
    searched = (Before.name_search, After.name_search)
    searched_codes = (Before.code, After.code)
    form_columns = ("from_unit", "to_unit", "effective_on", "how")
    form_ajax_refs = {"from_unit": units(), "to_unit": units()}
    form_overrides = {"how": lambda **options: WordField(words=How, **options)}
    column_labels = {
        "from_unit": _l("From unit"),
        "to_unit": _l("Into unit"),
        "effective_on": _l("On"),
        "how": _l("How"),
    }

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.join(Before, Before.id == m.UnitChange.from_unit_id).join(
            After, After.id == m.UnitChange.to_unit_id
        )

    def apply(self, form: Any, model: m.UnitChange, doing: Act, *, created: bool) -> None:
        if form.from_unit.data is form.to_unit.data:
            raise Fault({"to_unit": M("A unit cannot go over into itself.")})

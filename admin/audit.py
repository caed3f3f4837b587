"""The audit trail, read only: who did what to which row, when and why; values only for those who may read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from flask import request
from flask_admin import expose
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, false, or_, select, true

import models as m
from admin.base import ScopedModelView
from admin.listing import MOST_TERMS, Filter, Shown, day_of, since, until, whole
from admin.lookups import contains
from admin.unit import unit_filter
from extensions import db
from i18n import format_date, format_datetime, from_local, render, to_local
from permissions import needs
from permissions.actor import current_actor
from permissions.gate import hidden
from rules.message import M
from rules.text import fold
from rules.verbs import Verb
from services.history.handovers import Who
from services.tabular import Kind
from services.trail import story, words


def _operation(value: str) -> str:
    return render(words.operation(value))


def _object(value: str) -> str:
    return render(words.thing(value))


def _verb(value: str) -> str:
    return render(words.verb(value))


def _authority(value: str) -> str:
    who = Who.read("", value, "")
    return ", ".join(part for part in (render(who.role), who.place) if part) or "–"


def _results() -> list[tuple[str, Any]]:
    return [("refused", M("Refused or failed")), ("alarm", M("Alarms")), ("file", M("Files taken away"))]


def _result(value: str) -> ColumnElement[bool]:
    kinds = {"refused": words.REFUSED, "alarm": ("alarm", "broken"), "file": ("download", "export")}
    return m.AuditEntry.operation.in_(kinds[value])


def _by_number(value: str) -> ColumnElement[bool]:
    number = whole(value, None)
    return m.AuditEntry.actor_id == number if number is not None else false()


def _by_actor(value: str) -> ColumnElement[bool]:
    """Entries of accounts whose name fits, though an auditor reads no account: the entries name their actors anyway."""
    account = m.Account.__table__  # below the read floor, which still cuts the entries
    fits: ColumnElement[bool] = true()
    for part in fold(value).split()[:MOST_TERMS]:
        named = contains(account.c.name_search, part)
        # A login is for who keeps accounts: nobody else finds out by asking which there are.
        fits = fits & (or_(named, contains(account.c.username, part)) if needs.can(Verb.MANAGE_ACCOUNTS) else named)
    return m.AuditEntry.actor_id.in_(select(account.c.id).where(fits))


class AuditView(ScopedModelView):
    """What happened, newest first."""

    read_verbs = (Verb.READ_AUDIT,)
    creates = edits = deletes = False
    simple_list_pager = True
    details_template = "admin/audit/details.html"
    list_template = "admin/audit/list.html"
    shown = (
        Shown("at", _l("At"), m.AuditEntry.at, m.AuditEntry.id, Kind.DATETIME),
        Shown("actor_name", _l("Who"), m.AuditEntry.actor_name),
        Shown("authority", _l("In which authority"), m.AuditEntry.authority, cell=_authority),
        Shown("on_behalf_of", _l("On behalf of"), m.AuditEntry.on_behalf_of),
        Shown("verb", _l("Act"), m.AuditEntry.verb, cell=_verb),
        Shown("operation", _l("What happened"), m.AuditEntry.operation, cell=_operation),
        Shown("object_type", _l("To what"), m.AuditEntry.object_type, cell=_object),
        Shown("object_name", _l("Called"), m.AuditEntry.object_name),
        Shown("unit", _l("Unit"), m.Unit.name),
        Shown("reason", _l("Reason"), m.AuditEntry.reason),
    )
    also = (
        Shown("looking_as", _l("Seen as"), m.AuditEntry.looking_as),
        Shown("object_id", _l("Number of the object"), m.AuditEntry.object_id),
        Shown("request_id", _l("Request"), m.AuditEntry.request_id),
        Shown("address", _l("Address"), m.AuditEntry.address),
    )
    order = (m.AuditEntry.id.desc(),)
    filters = (
        Filter("verb", _l("Act"), lambda value: m.AuditEntry.verb == value, lambda: [(v.value, v.title) for v in Verb]),
        Filter(
            "object",
            _l("To what"),
            lambda value: m.AuditEntry.object_type == value,
            lambda: sorted(
                ((name, render(said)) for name, said in words.OBJECTS.items()), key=lambda pair: fold(pair[1])
            ),
        ),
        unit_filter(),
        Filter("actor", _l("Who"), _by_actor),
        Filter("result", _l("Result"), _result, _results),
        Filter("reason", _l("Reason"), lambda value: m.AuditEntry.reason.icontains(value, autoescape=True)),
        Filter("account", _l("No. of the account"), _by_number),
        Filter("since", _l("From day"), since(m.AuditEntry.at), kind="date"),
        Filter("until", _l("Up to day"), until(m.AuditEntry.at), kind="date"),
    )

    def statement(self, conditions: Sequence[ColumnElement[bool]], columns: Sequence[Shown]) -> Select[Any]:
        """Leave out names that are values, for a reader who reads none."""
        if not needs.can(Verb.READ_AUDIT_VALUES):
            columns = [replace(one, column=story.open_name()) if one.key == "object_name" else one for one in columns]
        return super().statement(conditions, columns)

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.outerjoin(m.Unit, m.Unit.id == m.AuditEntry.unit_id)

    def render(self, template: str, **kwargs: Any) -> str:
        if template == self.details_template:
            kwargs["changes"] = self._changes(kwargs["row_id"])
        if template == self.list_template:
            kwargs["alarms"] = story.alarms(_now())
        page: str = super().render(template, **kwargs)
        return page

    @expose("/day/")
    def day(self) -> Any:
        """Tell one day as a story: each act a line that opens into what it wrote."""
        on = day_of(request.args.get("on", "")) or to_local(_now()).date()
        begins = from_local(datetime.combine(on, time()))
        below = request.args.get("below", "")
        number = int(below) if below.isascii() and below.isdecimal() and len(below) <= 18 else None
        found = story.day(
            begins,
            begins + timedelta(days=1),
            () if number is None else (m.AuditEntry.id < number,),
            values=needs.can(Verb.READ_AUDIT_VALUES),
        )
        return self.render(
            "admin/audit/day.html",
            said=said,
            words=words,
            clock=lambda at: to_local(at).strftime("%H:%M:%S"),
            on=on,
            day=found,
            part=number is not None,
            before=on - timedelta(days=1),
            after=on + timedelta(days=1),
        )

    @staticmethod
    def _changes(entry_id: int) -> list[tuple[str, str, str]] | None:
        """Return column, value before and after; None for a reader who may know that something changed, not what."""
        if not needs.can(Verb.READ_AUDIT_VALUES):
            return None
        row = db.session.execute(select(m.AuditEntry.changes).where(m.AuditEntry.id == entry_id)).one_or_none()
        if row is None:
            raise hidden()
        return [
            (render(words.column(name)), said(words.value(name, before)), said(words.value(name, after)))
            for name, (before, after) in row[0].items()
            if name not in words.DERIVED
        ]


def said(value: Any) -> str:
    """Write a value of the trail: a message, a day, a moment or text."""
    if isinstance(value, list):
        return ", ".join(map(render, value))
    if isinstance(value, datetime):
        return format_datetime(value)
    return format_date(value) if isinstance(value, date) else render(value)


def _now() -> datetime:
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the door lets nobody else in
    return actor.now

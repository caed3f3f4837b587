"""The audit trail, read only: who did what to which row, when and why; values only for those who may read them."""

from __future__ import annotations

import json
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, Select, or_, select, true

import models as m
from admin.base import ScopedModelView
from admin.listing import MOST_TERMS, Filter, Shown, since, until
from admin.lookups import contains
from admin.unit import unit_filter
from extensions import db
from i18n import render
from permissions import needs
from permissions.gate import hidden
from rules.message import M, Message
from rules.text import fold
from rules.verbs import Verb
from services.tabular import Kind

OPERATIONS = {
    "create": M("Made"),
    "update": M("Changed"),
    "delete": M("Deleted"),
    "login": M("Signed in"),
    "failed": M("Sign-in refused"),
    "locked": M("Tries have to wait"),
    "unlocked": M("Unlocked"),
    "logout": M("Signed out"),
    "ended": M("Session ended"),
    "codes": M("New recovery codes made"),
}
OBJECTS: dict[str, Message] = {
    "Account": M("Account"),
    "Assessment": M("Form"),
    "Assignment": M("Assignment"),
    "ClassBand": M("Class"),
    "Council": M("Council"),
    "CouncilUnit": M("Unit of a council"),
    "CriteriaSet": M("Criteria set"),
    "Criterion": M("Criterion"),
    "CriterionExclusion": M("Exclusion of a criterion"),
    "Delegation": M("Delegation"),
    "Edition": M("Edition"),
    "EditionRow": M("Row of an edition"),
    "Evidence": M("Evidence"),
    "EvidenceLink": M("Use of evidence"),
    "Exemption": M("Leaf that does not apply"),
    "Extension": M("Extension"),
    "FieldSheet": M("Field of a form"),
    "Level": M("Level"),
    "Notice": M("Notice"),
    "Post": M("Post"),
    "RankingGroup": M("Ranking group"),
    "RankingGroupKind": M("Kind in a ranking group"),
    "Round": M("Round"),
    "Score": M("Score"),
    "Seat": M("Seat"),
    "SecondFactor": M("Second factor"),
    "Unit": M("Unit"),
    "UnitChange": M("Change of units"),
    "UnitGroup": M("Group of units"),
    "UnitGroupMember": M("Member of a group"),
    "UnitKind": M("Kind of unit"),
    "Window": M("Window"),
}


def _operation(value: str) -> str:
    return render(OPERATIONS.get(value, Message(value)))


def _object(value: str) -> str:
    return render(OBJECTS[value]) if value in OBJECTS else value


def _verb(value: str) -> str:
    return render(Verb(value).title) if value in set(Verb) else value


def _by_actor(value: str) -> ColumnElement[bool]:
    """Entries of accounts whose name fits, though an auditor reads no account: the entries name their actors anyway."""
    account = m.Account.__table__  # below the read floor, which still cuts the entries
    fits: ColumnElement[bool] = true()
    for part in fold(value).split()[:MOST_TERMS]:
        fits = fits & or_(contains(account.c.name_search, part), contains(account.c.username, part))
    return m.AuditEntry.actor_id.in_(select(account.c.id).where(fits))


class AuditView(ScopedModelView):
    """What happened, newest first."""

    read_verbs = (Verb.READ_AUDIT,)
    creates = edits = deletes = False
    simple_list_pager = True
    details_template = "admin/audit/details.html"
    shown = (
        Shown("at", _l("At"), m.AuditEntry.at, m.AuditEntry.id, Kind.DATETIME),
        Shown("actor_name", _l("Who"), m.AuditEntry.actor_name),
        Shown("authority", _l("In which authority"), m.AuditEntry.authority),
        Shown("on_behalf_of", _l("On behalf of"), m.AuditEntry.on_behalf_of),
        Shown("verb", _l("Act"), m.AuditEntry.verb, cell=_verb),
        Shown("operation", _l("What happened"), m.AuditEntry.operation, cell=_operation),
        Shown("object_type", _l("To what"), m.AuditEntry.object_type, cell=_object),
        Shown("object_id", _l("No."), m.AuditEntry.object_id),
        Shown("unit", _l("Unit"), m.Unit.name),
        Shown("reason", _l("Reason"), m.AuditEntry.reason),
    )
    also = (
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
            lambda: sorted(((name, render(words)) for name, words in OBJECTS.items()), key=lambda pair: fold(pair[1])),
        ),
        unit_filter(),
        Filter("actor", _l("Who"), _by_actor),
        Filter("since", _l("From day"), since(m.AuditEntry.at), kind="date"),
        Filter("until", _l("Up to day"), until(m.AuditEntry.at), kind="date"),
    )

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.outerjoin(m.Unit, m.Unit.id == m.AuditEntry.unit_id)

    def render(self, template: str, **kwargs: Any) -> str:
        if template == self.details_template:
            kwargs["changes"] = self._changes(kwargs["row_id"])
        page: str = super().render(template, **kwargs)
        return page

    @staticmethod
    def _changes(entry_id: int) -> list[tuple[str, str, str]] | None:
        """Return column, value before and after; None for a reader who may know that something changed, not what."""
        if not needs.can(Verb.READ_AUDIT_VALUES):
            return None
        row = db.session.execute(select(m.AuditEntry.changes).where(m.AuditEntry.id == entry_id)).one_or_none()
        if row is None:
            raise hidden()
        return [(name, _plain(before), _plain(after)) for name, (before, after) in row[0].items()]


def _plain(value: Any) -> str:
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)

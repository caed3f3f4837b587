"""Accounts, posts and delegations: kept by Sở Nội vụ alone (Điều 6.2, 8, 9.1)."""

from __future__ import annotations

from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

from flask import flash, g, redirect, request, url_for
from flask_admin import expose
from flask_admin.actions import action
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import aliased

import models as m
from admin.access import AccessPage
from admin.base import ScopedModelView
from admin.forms import ReasonField, TicksField, WordField
from admin.listing import Filter, Shown, folded, title, yes_no
from admin.lookups import accounts, units
from admin.unit import unit_filter
from extensions import db
from i18n import render
from models import clock
from permissions import needs
from permissions.gate import Act, hidden
from rules.verbs import Verb
from rules.vocabulary import POST_FUNCTIONS, Function
from services import access, credentials, delegation, unused
from services.account import sessions
from services.faults import Fault, in_order
from services.tabular import Kind

Giver = aliased(m.Account)
Receiver = aliased(m.Account)


def account_filter(label: Any, account: Any = m.Account) -> Filter:
    """Filter by a part of a person's name, or the login."""
    return Filter("account", label, folded(account.name_search, account.username))


class AccountView(AccessPage, ScopedModelView):
    """Logins, each of one named person. There is no other way to get one. What is done with one stands on its page."""

    read_verbs = (Verb.MANAGE_ACCOUNTS,)
    write_verb = Verb.MANAGE_ACCOUNTS
    own_writes = frozenset({"access_view"})
    deletes = False  # what a person did stays attributed; an account is suspended or ends
    can_view_details = False  # its page shows more
    shown = (
        Shown("full_name", _l("Full name"), m.Account.full_name, m.Account.name_sort),
        Shown("username", _l("Login"), m.Account.username, m.Account.username),
        Shown("unit", _l("Unit"), m.Unit.name, m.Unit.name_sort),
        Shown("email", _l("E-mail"), m.Account.email),
        Shown("active", _l("Active"), m.Account.active, cell=yes_no),
        Shown("must_change_password", _l("One-time password"), m.Account.must_change_password, cell=yes_no),
        Shown("valid_from", _l("First day"), m.Account.valid_from, m.Account.valid_from, Kind.DATE),
        Shown("valid_to", _l("Last day"), m.Account.valid_to, m.Account.valid_to, Kind.DATE),
        Shown("last_used", _l("Last use"), unused.last_used(), None, Kind.DATETIME),
        Shown("created_at", _l("Created"), m.Account.created_at, m.Account.created_at, Kind.DATETIME),
    )
    order = (m.Account.name_sort,)
    searched = (m.Account.name_search,)
    searched_codes = (m.Account.username, m.Account.email)
    filters = (
        unit_filter(),
        Filter(
            "active",
            _l("Active"),
            lambda value: m.Account.active.is_(value == "1"),
            lambda: [("1", _("Yes")), ("0", _("No"))],
        ),
        Filter(
            "unused",
            _l("Not used for long"),
            lambda _value: unused.unused_since(clock.now() - timedelta(days=sessions.settings().unused_days)),
            lambda: [("1", _("%(days)s days or more", days=sessions.settings().unused_days))],
        ),
    )
    form_columns = ("full_name", "username", "email", "unit", "valid_from", "valid_to", "reason")
    form_extra_fields = {"reason": ReasonField()}
    form_ajax_refs = {"unit": units()}
    column_labels = {
        "full_name": _l("Full name"),
        "username": _l("Login"),
        "email": _l("E-mail"),
        "unit": _l("Unit"),
        "valid_from": _l("First day"),
        "valid_to": _l("Last day"),
    }
    column_descriptions = {
        "valid_from": _l("Before it nobody can sign in with this login. Empty: from now."),
        "valid_to": _l("After it nobody can sign in with this login. Empty: without end."),
        "username": _l("Small letters, digits, points and hyphens."),
        "unit": _l("Type a code or a part of the name."),
    }

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.outerjoin(m.Unit, m.Unit.id == m.Account.unit_id)

    def get_edit_form(self) -> Any:
        """Leave out login and days: to change them, and to suspend, are acts of their own on the account's page."""
        form = super().get_edit_form()
        return type(form.__name__, (form,), dict.fromkeys(("username", "valid_from", "valid_to")))

    def way_of_rows(self) -> str:
        return f"{self.get_url('.access_view')}?id=" if self.writable else ""

    def row_links(self) -> list[tuple[str, str]]:
        if not self.writable:
            return []
        ways = [(_("Access"), self.way_of_rows())]
        if needs.can(Verb.LOOK_AS):
            ways.append((_("Look as this user"), url_for("looking.new") + "?account="))
        return ways

    def apply(self, form: Any, model: m.Account, doing: Act, *, created: bool) -> None:
        credentials.named(model)
        if not created:
            access.refuse_lent(model, doing)
        else:
            in_order(model.valid_from, model.valid_to)
            g.one_time_password = credentials.issue(model, doing)

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Make an account; its one-time password is on the answer and nowhere else."""
        answer = super().create_view()
        secret = g.pop("one_time_password", None)
        if secret is None or (isinstance(answer, tuple) and answer[1] == 422):
            return answer
        return self.password_page(request.form.get("username", "").lower(), secret)

    @action("suspend", _l("Suspend"))
    def suspend_action(self, ids: list[str]) -> Any:
        """Suspend the ticked accounts, all or none, once the reason is given on a page of its own."""
        chosen = db.session.scalars(self.rows_with([int(i) for i in ids]).order_by(m.Account.name_sort)).all()
        reason = request.form.get("reason", "")
        if not reason.strip():
            question = ngettext("Suspend this account?", "Suspend these %(num)s accounts?", len(chosen))
            fields = {"action": "suspend", "rowid": [account.id for account in chosen]}
            return self.ask_reason(question, _("Suspend"), [str(account) for account in chosen], fields)
        try:
            done = access.suspend(chosen, reason)
        except Fault as fault:
            self._tell(None, fault)
        else:
            flash(ngettext("%(num)s account was suspended.", "%(num)s accounts were suspended.", done), "success")
        return None


class PostView(ScopedModelView):
    """What a person is in a unit, from when until when; the past stays, a post ends by its last day."""

    read_verbs = (Verb.MANAGE_ACCOUNTS,)
    write_verb = Verb.MANAGE_ACCOUNTS
    reasoned = True
    shown = (
        Shown("account", _l("Person"), m.Account.full_name, m.Account.name_sort),
        Shown("username", _l("Login"), m.Account.username, m.Account.username),
        Shown("function", _l("Function"), m.Post.function, cell=title),
        Shown("unit", _l("Unit"), m.Unit.name, m.Unit.name_sort),
        Shown("valid_from", _l("First day"), m.Post.valid_from, m.Post.valid_from, Kind.DATE),
        Shown("valid_to", _l("Last day"), m.Post.valid_to, m.Post.valid_to, Kind.DATE),
    )
    order = (m.Account.name_sort,)
    searched = (m.Account.name_search, m.Unit.name_search)
    searched_codes = (m.Account.username, m.Unit.code)
    filters = (
        account_filter(_l("Person")),
        unit_filter(),
        Filter(
            "function",
            _l("Function"),
            lambda value: m.Post.function == Function(value),
            lambda: [(word, word.title) for word in POST_FUNCTIONS],
        ),
    )
    form_columns = ("account", "unit", "function", "valid_from", "valid_to", "reason")
    form_extra_fields = {"reason": ReasonField()}
    form_ajax_refs = {"account": accounts(), "unit": units()}
    form_overrides = {"function": lambda **options: WordField(words=POST_FUNCTIONS, **options)}
    column_labels = {
        "account": _l("Person"),
        "unit": _l("Unit"),
        "function": _l("Function"),
        "valid_from": _l("First day"),
        "valid_to": _l("Last day"),
    }
    column_descriptions = {
        "account": _l("Type a login or a part of the name."),
        "unit": _l("Type a code or a part of the name."),
        "valid_to": _l("Empty: without end."),
    }

    def source(self, query: Select[Any]) -> Select[Any]:
        return query.join(m.Account, m.Account.id == m.Post.account_id).join(m.Unit, m.Unit.id == m.Post.unit_id)

    def row_links(self) -> list[tuple[str, str]]:
        return [(_("Delegate"), self.get_url("admin_delegation.create_view") + "?post=")] if self.writable else []

    def watched(self, form: Any, doing: Act) -> AbstractContextManager[None]:
        return access.stays(doing)

    def apply(self, form: Any, model: m.Post, doing: Act, *, created: bool) -> None:
        for account in (form.account.data,) if created else (form.account.object_data, form.account.data):
            access.refuse_own(account, doing)
        access.refuse_governing(form.unit.data, form.function.data, doing)
        access.check_post(model, form.unit.data, form.account.data.id)
        if not created:
            was = ((name, form[name].object_data, form[name].data) for name in ("account", "unit", "function"))
            access.keep_begun(form.valid_from.object_data, (name for name, old, new in was if old != new), doing)

    def before_delete(self, model: m.Post, doing: Act) -> None:
        access.refuse_own(model.account, doing)
        access.keep_held(model, doing)


class DelegationView(ScopedModelView):
    """Authority lent by one person to another."""

    read_verbs = (Verb.MANAGE_ACCOUNTS,)
    write_verb = Verb.MANAGE_ACCOUNTS
    deletes = False  # a delegation is revoked, its trace stays
    shown = (
        Shown("giver", _l("Giver"), Giver.full_name, Giver.name_sort),
        Shown("function", _l("Function"), func.coalesce(m.Post.function, m.Seat.function), cell=title),
        Shown("unit", _l("Unit"), m.Unit.name, m.Unit.name_sort),
        Shown("receiver", _l("Receiver"), Receiver.full_name, Receiver.name_sort),
        Shown("verbs", _l("Rights"), m.Delegation.verbs, cell=lambda verbs: _titles(verbs)),
        Shown("valid_from", _l("First day"), m.Delegation.valid_from, m.Delegation.valid_from, Kind.DATE),
        Shown("valid_to", _l("Last day"), m.Delegation.valid_to, m.Delegation.valid_to, Kind.DATE),
        Shown("revoked_at", _l("Revoked"), m.Delegation.revoked_at, m.Delegation.revoked_at, Kind.DATETIME),
    )
    also = (Shown("reason", _l("Reason"), m.Delegation.reason),)
    order = (m.Delegation.valid_to.desc(),)
    searched = (Giver.name_search, Receiver.name_search)
    filters = (account_filter(_l("Receiver"), Receiver), unit_filter())
    form_columns = ("receiver", "verbs", "valid_from", "valid_to", "reason")
    form_ajax_refs = {"receiver": accounts()}
    form_extra_fields = {"verbs": TicksField(_l("Rights"), coerce=str)}
    column_labels = {
        "receiver": _l("Receiver"),
        "valid_from": _l("First day"),
        "valid_to": _l("Last day"),
        "reason": _l("Reason"),
    }
    column_descriptions = {"receiver": _l("Type a login or a part of the name.")}

    def source(self, query: Select[Any]) -> Select[Any]:
        return (
            query.outerjoin(m.Post, m.Post.id == m.Delegation.post_id)
            .outerjoin(m.Seat, m.Seat.id == m.Delegation.seat_id)
            .outerjoin(Giver, or_(Giver.id == m.Post.account_id, Giver.id == m.Seat.account_id))
            .outerjoin(Receiver, Receiver.id == m.Delegation.receiver_id)
            .outerjoin(m.Unit, m.Unit.id == m.Delegation.unit_id)
        )

    @staticmethod
    def _source(model: m.Delegation | None) -> m.Post | m.Seat | None:
        """Return the post or seat that is lent: of the row, or of the address of a new one."""
        if model is not None and model.id is not None:
            return model.post or model.seat
        for kind, name in ((m.Post, "post"), (m.Seat, "seat")):
            number = request.args.get(name, "")
            if number.isascii() and number.isdigit():
                found: Any = db.session.scalar(select(kind).where(kind.id == int(number[:18])))
                if found is None:
                    raise hidden()
                return found
        return None

    @expose("/new/", methods=("GET", "POST"))
    def create_view(self) -> Any:
        """Lend verbs of a post or seat; without one, say where to choose it."""
        source = self._source(None)
        if source is None:
            return self.render("admin/account/choose_source.html")
        return super().create_view()

    def create_form(self, obj: Any = None) -> Any:
        return self._offer(super().create_form(obj), self._source(None))

    def edit_form(self, obj: m.Delegation | None = None) -> Any:
        return self._offer(super().edit_form(obj), self._source(obj))

    @staticmethod
    def _offer(form: Any, source: Any) -> Any:
        if source is None:
            raise hidden()
        form.verbs.offer((verb.value, render(verb.title)) for verb in delegation.lendable(source))
        form.verbs.description = _("Lent by: %(name)s", name=str(source.account))
        return form

    def apply(self, form: Any, model: m.Delegation, doing: Act, *, created: bool) -> None:
        source = self._source(None if created else model)
        if source is None:
            raise hidden()
        delegation.fill(model, source, form.verbs.data or (), doing)
        if not created:
            was = ((name, form[name].object_data, form[name].data) for name in ("receiver", "valid_from"))
            changed = (name for name, old, new in was if old != new)
            delegation.keep_begun(form.valid_from.object_data, changed, doing)

    @action("revoke", _l("Revoke"), _l("End these delegations now?"))
    def revoke_action(self, ids: list[str]) -> Any:
        found = db.session.scalars(self.rows_with([int(i) for i in ids])).all()
        reason = request.form.get("reason")
        try:
            done = delegation.revoke(found, reason or "")
        except Fault as fault:
            faults = [render(message) for message in fault.faults.values() if reason is not None]
            page = self.render(
                "admin/account/revoke.html", found=found, faults=faults, return_url=self.get_url(".index_view")
            )
            return page, 422 if faults else 200
        flash(ngettext("%(num)s delegation was revoked.", "%(num)s delegations were revoked.", done), "success")
        return redirect(self.get_url(".index_view"))


def _titles(verbs: list[str] | None) -> str:
    return "; ".join(render(Verb(verb).title) for verb in verbs or () if verb in set(Verb))

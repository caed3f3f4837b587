"""The page of one account: what its person holds, what is cut, and each act of Sở Nội vụ on it with its reason (Điều 9.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request
from flask_admin import expose
from flask_babel import gettext as _
from flask_babel import ngettext

import models as m
from admin.access_forms import FORMS, ActForm
from models import clock
from permissions.actor import current_actor
from permissions.gate import hidden
from services import access, credentials
from services.access.overview import Standing, overview
from services.account import second_factor, sessions, throttle
from services.faults import Fault


class AccessPage:
    """Mixed into the list of accounts."""

    get_one: Any
    get_url: Any
    render: Any
    _tell: Any

    @expose("/access/", methods=("GET", "POST"))
    def access_view(self) -> Any:
        """Show all that stands about an account; do what the pressed button says, or show what is wrong at its field."""
        account = self.get_one(request.args.get("id", ""))
        if request.method != "POST":
            return self._page(account, {})
        do = request.form.get("do", "")
        if do not in FORMS:
            raise hidden()
        # Ids are read before anything is locked: one that is no number names nothing.
        target = _number("session") if do == "end" else _number("restriction") if do == "lift" else None
        form = FORMS[do](request.form).named(f"{do}{target or ''}" if do == "lift" else do)
        if form.validate():
            try:
                secret = _do(do, account, target, form)
            except Fault as fault:
                self._tell(form, fault)
                account = self.get_one(request.args.get("id", ""))
                if isinstance(fault, access.Stale):
                    form.version.data = (
                        account.version
                    )  # what stands there now is on the page: a second press is a decision
            else:
                if secret is not None:
                    return self.password_page(account.username, secret)
                return redirect(self.get_url(".access_view", id=account.id))
        return self._page(account, {f"{do}{target or ''}" if do == "lift" else do: form}), 422

    def password_page(self, username: str, secret: str) -> str:
        """Show a one-time password, this once."""
        hours = sessions.settings().issued_hours
        page: str = self.render("admin/account/password.html", username=username, secret=secret, hours=hours)
        return page

    def _page(self, account: m.Account, bound: dict[str, ActForm]) -> str:
        now = clock.now()
        since, left = second_factor.standing(account.id)
        until = throttle.locked_until(account.id)
        actor = current_actor()
        shown: dict[str, dict[str, Any]] = {"rename": {"version": account.version}}
        shown["days"] = {"version": account.version, "valid_from": account.valid_from, "valid_to": account.valid_to}
        forms = {do: bound.get(do) or form(None, data=shown.get(do)).named(do) for do, form in FORMS.items()}
        page: str = self.render(
            "admin/account/access.html",
            account=account,
            own=actor is not None and actor.account_id == account.id,
            closed=access.why_not(account.id, actor, sessions.local_day(now)),
            closed_lent=access.why_not_lent(account.id, actor, sessions.local_day(now)),
            over=overview(account, now),
            Standing=Standing,
            forms=forms,
            bound=bound,
            blank=lambda do, name: bound.get(name) or FORMS[do](None).named(name),
            form=next(iter(bound.values()), None),
            sessions=sessions.running(account.id, now),
            since=since,
            left=left,
            locked_until=until if until is not None and until > now else None,
            now=now,
        )
        return page


def _do(do: str, account: m.Account, target: int | None, form: Any) -> str | None:
    """Do one act and say so; return the password where one was made, to be shown once."""
    reason = form.reason.data
    if do == "reissue":
        return credentials.reissue(account, reason)
    flash(_DONE[do](account, target, form, reason), "success")
    return None


def _rename(account: m.Account, _target: int | None, form: Any, reason: str) -> str:
    access.rename(account, form.username.data, reason, form.version.data or "")
    return _("The login is changed; the person is told at the next sign-in.")


def _suspend(account: m.Account, _target: int | None, _form: Any, reason: str) -> str:
    access.suspend([account], reason)
    return _("The account is suspended, its sessions have ended.")


def _resume(account: m.Account, _target: int | None, _form: Any, reason: str) -> str:
    access.resume(account, reason)
    return _("The account may sign in again.")


def _days(account: m.Account, _target: int | None, form: Any, reason: str) -> str:
    access.set_days(account, form.valid_from.data, form.valid_to.data, reason, form.version.data or "")
    return _("The days of the account are changed.")


def _restrict(account: m.Account, _target: int | None, form: Any, reason: str) -> str:
    access.restrict(
        account,
        read_only=form.read_only.data,
        units=[line["unit"] for line in form.units.filled],
        field_codes=form.field_codes.data or (),
        first=form.valid_from.data,
        last=form.valid_to.data,
        reason=reason,
    )
    return _("The access is restricted; the person sees it on every page.")


def _lift(account: m.Account, target: int | None, _form: Any, reason: str) -> str:
    if target is None:
        raise hidden()
    access.lift(account, target, reason)
    return _("The restriction is lifted.")


def _post(account: m.Account, _target: int | None, form: Any, reason: str) -> str:
    days = form.valid_from.data, form.valid_to.data
    access.add_post(account, form.unit.data, form.function.data, *days, reason)
    return _("The post is added.")


def _end(account: m.Account, target: int | None, _form: Any, reason: str) -> str:
    done = credentials.end_sessions(account, target, reason)
    return str(ngettext("%(num)s session has ended.", "%(num)s sessions have ended.", done))


def _unlock(account: m.Account, _target: int | None, _form: Any, reason: str) -> str:
    credentials.unlock(account, reason)
    return _("The account may try again at once.")


def _reset(account: m.Account, _target: int | None, _form: Any, reason: str) -> str:
    credentials.reset_factor(account, reason)
    return _("The second factor is taken away; the person is told at the next sign-in.")


_DONE: dict[str, Callable[[m.Account, int | None, Any, str], str]] = {
    "rename": _rename,
    "suspend": _suspend,
    "resume": _resume,
    "days": _days,
    "restrict": _restrict,
    "lift": _lift,
    "post": _post,
    "end": _end,
    "unlock": _unlock,
    "reset": _reset,
}


def _number(name: str) -> int | None:
    """Return the id that a form names, None where it names none; what is no id is not there."""
    given = request.form.get(name, "")
    if not given:
        return None
    if not (given.isascii() and given.isdecimal() and len(given) <= 18):
        raise hidden()
    return int(given)

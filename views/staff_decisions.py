"""Staff changes as Sở Nội vụ decides them (Điều 8, 9.1): what waits, and each request row by row."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import Optional

import models as m
from i18n import render
from models import clock
from permissions.actor import current_actor
from permissions.gate import Refused, hidden, remember
from permissions.routes import open_to
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import StaffDecision, StaffMove
from services import staff
from services.account.sessions import local_day, settings
from services.faults import Fault
from services.staff.effects import day_before
from views.forms import Form
from views.ids import small_int
from views.staff_forms import Judged

blueprint = Blueprint("staff_decisions", __name__, url_prefix="/staff-requests")


class DecisionForm(Form):
    """One row's decision; fields that the row's move has no use for are not shown."""

    version = HiddenField()
    function = SelectField(_l("Function"), validate_choice=False)
    username = StringField(_l("Login"), [Judged()], description=_l("Small letters, digits, points and hyphens."))
    existing = StringField(
        _l("Login the person has already"),
        [Optional()],
        description=_l("Only for somebody who comes from another unit: a function here is added, no account is made."),
    )
    to_unit = StringField(_l("Unit"), [Judged()], description=_l("Type and choose from the list; a code does as well."))
    leaves = BooleanField(_l("Goes to a place outside this system: the account ends"))
    answer = TextAreaField(
        _l("Answer to the unit"), [Judged()], description=_l("Compulsory where the row is not accepted.")
    )

    def acceptance(self) -> staff.Acceptance:
        return staff.Acceptance(
            next((one for one in staff.FUNCTIONS if one.value == self.function.data), None),
            self.username.data or "",
            self.existing.data or "",
            self.to_unit.data or "",
            bool(self.leaves.data),
        )


@blueprint.get("/")
@open_to(Verb.MANAGE_ACCOUNTS)
def index() -> ResponseReturnValue:
    """List the requests, those that wait first."""
    page = min(max(1, small_int(request.args.get("page")) or 1), 10_000)
    found, pages = staff.listed(page)
    return render_template(
        "staff/inbox.html", found=found, waiting=staff.waiting_rows(), page_number=min(page, pages), pages=pages
    )


@blueprint.get("/<int:staff_request_id>")
@open_to(Verb.MANAGE_ACCOUNTS)
def case(staff_request_id: int) -> ResponseReturnValue:
    """Show one request, a form at each row that waits."""
    return _page(staff_request_id)


@blueprint.post("/<int:staff_request_id>/rows/<int:change_id>")
@open_to(Verb.MANAGE_ACCOUNTS)
def decide(staff_request_id: int, change_id: int) -> ResponseReturnValue:
    """Accept or refuse one row; a one-time password is on this answer and nowhere else."""
    form = DecisionForm(prefix=f"row-{change_id}-")
    version = small_int(form.version.data) or 0
    accepting = request.form.get("do")
    if accepting not in ("accept", "refuse"):
        raise hidden()
    if form.validate():
        try:
            if accepting == "refuse":
                staff.refuse(staff_request_id, change_id, version, form.answer.data or "")
                flash(_("The row is not accepted; the unit reads your answer."), "success")
            else:
                came = staff.accept(staff_request_id, change_id, version, form.acceptance(), form.answer.data or "")
                if came.secret:
                    return _password_page(staff_request_id, came)
                flash(_("The row is carried out; the unit is told."), "success")
        except Refused as refused:
            if refused.verdict.refusal is not Refusal.STATE:
                raise
            remember(refused)
            return _page(staff_request_id, kept=form.answer.data or "", why=refused.verdict), 409
        except Fault as fault:
            _tell(form, fault)
        else:
            return redirect(url_for(".case", staff_request_id=staff_request_id))
    return _page(staff_request_id, change_id, form), 422


def _tell(form: DecisionForm, fault: Fault) -> None:
    for name, message in fault.faults.items():
        if name in form:
            form[name].errors = [render(message)]
        else:
            form.form_errors.append(render(message))


def _password_page(staff_request_id: int, came: staff.Accepted) -> str:
    hours = settings().issued_hours
    later = came.first_day is not None and came.first_day > local_day(clock.now())
    return render_template(
        "staff/password.html",
        request_id=staff_request_id,
        came=came,
        hours=hours,
        later=came.first_day if later else None,
    )


def _page(
    staff_request_id: int,
    change_id: int | None = None,
    posted: DecisionForm | None = None,
    *,
    why: Verdict | None = None,
    kept: str = "",
) -> str:
    """Show a request; ``why`` a decision came too late, ``kept`` what was typed for it."""
    found = staff.case(staff_request_id, local_day(clock.now()))
    actor = current_actor()
    forms = {
        row.id: _form(row, found, posted if row.id == change_id else None)
        for row in found.listed.rows
        if row.decision is StaffDecision.PENDING
    }
    return render_template(
        "staff/case.html",
        case=found,
        request_=found.listed.request,
        forms_=forms,
        form=posted,
        late=why,
        kept=kept,
        me=None if actor is None else actor.account_id,
        Move=StaffMove,
        last_day=lambda row: day_before(row.effective_on),
    )


def _form(row: m.StaffChange, found: staff.Case, posted: DecisionForm | None) -> DecisionForm:
    form = posted or DecisionForm(formdata=None, prefix=f"row-{row.id}-")
    form.function.choices = [("", _("Choose"))] + [(one.value, render(one.title)) for one in staff.FUNCTIONS]
    if posted is None:
        form.version.data = row.version
        form.username.data = found.proposals.get(row.id, "")
        form.function.data = row.function.value if row.function in staff.FUNCTIONS and row.function else ""
    return form

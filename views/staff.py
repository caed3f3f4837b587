"""Staff changes as the unit's leader reports them (Điều 8): the draft, its rows by form or file, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import BinaryIO, cast

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from i18n import render
from models import clock
from permissions.routes import open_to
from rules.message import Message
from rules.verbs import Verb
from rules.vocabulary import Function, StaffMove
from services import staff
from services.account.sessions import local_day
from services.faults import Fault
from services.staff.changes import desk
from services.tabular import FileFault, download_headers
from views.ids import small_int
from views.parcel import seal, unseal
from views.staff_forms import GOING, NEW, LeaverForm, NewcomerForm, RowForm, UploadForm

blueprint = Blueprint("staff", __name__, url_prefix="/staff")


@blueprint.get("/")
@open_to(Verb.REPORT_STAFF)
def index() -> ResponseReturnValue:
    """Show the draft, the present staff, and what was sent with the state of each row."""
    return _page()


@blueprint.post("/rows")
@open_to(Verb.REPORT_STAFF)
def add() -> ResponseReturnValue:
    """Add a row to the draft."""
    form = _posted()
    if form.validate():
        try:
            staff.add(form.entry())
        except Fault as fault:
            _tell(form, fault.faults)
        else:
            flash(_("The row stands in the draft. It goes to Sở Nội vụ when you send the list."), "success")
            return redirect(url_for(".index"))
    return _page(form), 422


@blueprint.route("/rows/<int:change_id>", methods=["GET", "POST"])
@open_to(Verb.REPORT_STAFF)
def edit(change_id: int) -> ResponseReturnValue:
    """Change a row of the draft."""
    row = staff.draft_row(change_id)
    form: NewcomerForm | LeaverForm
    values = row if request.method == "GET" else None
    form = NewcomerForm(obj=values) if row.move is StaffMove.RECRUITED else LeaverForm(obj=values)
    form.offer(staff.present(row.unit_id, local_day(clock.now())))
    if request.method == "GET":
        form.version.data = row.version
        if isinstance(form, LeaverForm):
            form.account_id.data, form.move.data = str(row.account_id), row.move.value
        else:
            form.function.data = "" if row.function is None else Function(row.function).value
        return render_template("staff/edit.html", row=row, form=form)
    if form.validate():
        try:
            staff.change(change_id, small_int(form.version.data) or 0, form.entry())
        except Fault as fault:
            _tell(form, fault.faults)
        else:
            flash(_("The row is changed."), "success")
            return redirect(url_for(".index"))
    return render_template("staff/edit.html", row=row, form=form), 422


@blueprint.post("/rows/<int:change_id>/remove")
@open_to(Verb.REPORT_STAFF)
def remove(change_id: int) -> ResponseReturnValue:
    """Take a row out of the draft."""
    staff.remove(change_id, small_int(request.form.get("version")) or 0)
    flash(_("The row is taken out."), "success")
    return redirect(url_for(".index"))


@blueprint.post("/<int:staff_request_id>/send")
@open_to(Verb.REPORT_STAFF)
def send(staff_request_id: int) -> ResponseReturnValue:
    """Send the draft to Sở Nội vụ."""
    try:
        new = staff.send(staff_request_id)
    except Fault as fault:
        return _page(general=[render(sentence) for sentence in fault.faults.values()]), 422
    if new:
        words = _("The list went to Sở Nội vụ as no. %(number)s. Its decisions appear below, row by row.",
                  number=staff_request_id)  # fmt: skip
        flash(words, "success")
    else:
        flash(_("This list was sent before; it was not sent again."), "info")
    return redirect(url_for(".index"))


@blueprint.get("/template.xlsx")
@open_to(Verb.REPORT_STAFF)
def template() -> ResponseReturnValue:
    """Give the present staff as a table to mark in Excel."""
    members = staff.present(staff.own_unit().id, local_day(clock.now()))
    return current_app.response_class(
        staff.write_template(members), headers=download_headers("staff-changes", _("Staff changes"))
    )


@blueprint.post("/file")
@open_to(Verb.REPORT_STAFF)
def preview() -> ResponseReturnValue:
    """Read an uploaded file and show the rows it would add; nothing is written."""
    form = UploadForm()
    upload = request.files.get("file")
    if not form.validate_on_submit() or upload is None:
        return _page(upload=form), 422
    unit = staff.own_unit()
    table = desk(unit.id, local_day(clock.now()))
    try:
        entries = staff.read(cast("BinaryIO", upload.stream), table)
    except FileFault as fault:
        form.file.errors = [_("The file cannot be taken: no row was added.")]
        return _page(upload=form, faults=[render(line) for line in fault.sentences]), 422
    return render_template(
        "staff/preview.html",
        entries=entries,
        members=table.members,
        signed=seal("staff", unit.id, [entry.plain for entry in entries]),
        file_name=(upload.filename or "")[:120],
    )


@blueprint.post("/file/apply")
@open_to(Verb.REPORT_STAFF)
def apply() -> ResponseReturnValue:
    """Add the rows of a preview that this person was shown, all or none."""
    marks = unseal("staff", staff.own_unit().id, request.form.get("signed", ""))
    if not marks:
        flash(_("This preview is no longer valid: upload the file again."), "error")
        return redirect(url_for(".index"))
    staff.add_all([staff.Entry.of_plain(values) for values in marks])
    words = ngettext("%(num)s row stands in the draft.", "%(num)s rows stand in the draft.", len(marks))
    flash(words, "success")
    return redirect(url_for(".index"))


def _posted() -> NewcomerForm | LeaverForm:
    """Return which of the two forms was sent, with its choices."""
    form = NewcomerForm(prefix=NEW) if f"{NEW}kind" in request.form else LeaverForm(prefix=GOING)
    form.offer(staff.present(staff.own_unit().id, local_day(clock.now())))
    return form


def _tell(form: RowForm, faults: Mapping[str, Message]) -> None:
    """Put each sentence at its field; one without a field above the form."""
    for name, message in faults.items():
        if name in form:
            form[name].errors = [*form[name].errors, render(message)]
        else:
            form.form_errors.append(render(message))


def _page(
    form: NewcomerForm | LeaverForm | None = None,
    *,
    upload: UploadForm | None = None,
    faults: Sequence[str] = (),
    general: Sequence[str] = (),
) -> str:
    unit = staff.own_unit()
    members = staff.present(unit.id, local_day(clock.now()))
    newcomer = form if isinstance(form, NewcomerForm) else NewcomerForm(formdata=None, prefix=NEW)
    leaver = form if isinstance(form, LeaverForm) else LeaverForm(formdata=None, prefix=GOING)
    newcomer.offer(members)
    leaver.offer(members)
    why = staff.why_closed(unit)
    page = max(1, small_int(request.args.get("page")) or 1)
    requests, pages = staff.sent(unit.id, min(page, 10_000))
    return render_template(
        "staff/index.html",
        members=members,
        draft=staff.own_draft(unit),
        requests=requests,
        page_number=min(page, pages),
        pages=pages,
        newcomer=newcomer,
        leaver=leaver,
        form=form or upload,
        upload=upload or UploadForm(formdata=None),
        faults=faults,
        general=general,
        closed=None if why is None else render(why),
    )

"""The forms of staff changes: somebody new, somebody who goes, a file."""

from __future__ import annotations

from collections.abc import Sequence

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, FileField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from i18n import render
from rules.vocabulary import StaffMove
from services import staff
from views.forms import Form
from views.ids import small_int

#: The two forms stand on one page: their names begin with what tells them apart.
NEW, GOING = "new-", "going-"


class Judged(Optional):
    """Left to the service, which says what is missing together with all other faults; not marked as optional."""

    def __init__(self) -> None:
        super().__init__()
        self.field_flags: dict[str, bool] = {}


class RowForm(Form):
    """What both kinds of rows have; the services judge the rest. ``kind`` tells which of the two forms was sent."""

    kind = HiddenField()
    version = HiddenField()
    effective_on = DateField(_l("From which day"), [Judged()])
    note = StringField(_l("Note"), [Optional()])


class NewcomerForm(RowForm):
    full_name = StringField(_l("Full name"))
    email = StringField(_l("E-mail"), [Optional()])
    function = SelectField(_l("Function"), validate_choice=False)

    def offer(self, members: Sequence[staff.Member]) -> None:
        self.kind.data = "new"
        self.function.choices = [("", _("Choose"))] + [(one.value, render(one.title)) for one in staff.FUNCTIONS]

    def entry(self) -> staff.Entry:
        function = next((one for one in staff.FUNCTIONS if one.value == self.function.data), None)
        return staff.Entry(
            StaffMove.RECRUITED,
            None,
            self.full_name.data or "",
            self.email.data or "",
            function,
            self.effective_on.data,
            "",
            self.note.data or "",
        )


class LeaverForm(RowForm):
    account_id = SelectField(_l("Person"), validate_choice=False)
    move = SelectField(_l("What happens"), validate_choice=False)
    destination = StringField(_l("Where to"), [Judged()])

    def offer(self, members: Sequence[staff.Member]) -> None:
        self.kind.data = "going"
        people = [(str(one.account_id), f"{one.full_name} ({one.username})") for one in members]
        self.account_id.choices = [("", _("Choose")), *people]
        self.move.choices = [("", _("Choose"))] + [(one.value, render(one.title)) for one in staff.LEAVING]

    def entry(self) -> staff.Entry:
        return staff.Entry(
            next((one for one in staff.LEAVING if one.value == self.move.data), None),
            small_int(self.account_id.data),
            effective_on=self.effective_on.data,
            destination=self.destination.data or "",
            note=self.note.data or "",
        )


class UploadForm(Form):
    file = FileField(_l("File of staff changes"), [InputRequired()])

"""The forms of an account's page: one for each act of Sở Nội vụ, every one with its reason."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField
from wtforms.validators import InputRequired, Length

from admin.forms import (
    AdminForm,
    DayField,
    LookupField,
    PlainField,
    ReasonField,
    RowForm,
    RowsField,
    TicksField,
    VersionField,
    WordField,
)
from admin.lookups import units
from rules.vocabulary import POST_FUNCTIONS
from services.access.limits import fields


class ActForm(AdminForm):
    """An act that needs nothing but its reason."""

    reason = ReasonField()

    def named(self, do: str) -> ActForm:
        """Give the fields ids of their own: several forms stand on one page."""
        for field in self:
            field.id = f"{do}-{field.short_name}"
            field.label.field_id = field.id
        return self


class FactorForm(ActForm):
    reason = ReasonField(_l("Reason, and how the person proved who it is"))


class AsShownForm(ActForm):
    """An act that overwrites what the page showed: a form made before somebody else changed it is refused."""

    version = VersionField()


class RenameForm(AsShownForm):
    username = PlainField(
        _l("New login"),
        [InputRequired(), Length(max=80)],
        description=_l("Small letters, digits, points and hyphens."),
    )
    reason = ReasonField()


class DaysForm(AsShownForm):
    valid_from = DayField(_l("First day"), description=_l("Empty: from now."))
    valid_to = DayField(_l("Last day"), description=_l("Today or later; empty: without end."))
    reason = ReasonField()


class UnitRow(RowForm):
    unit = LookupField(units(), _l("Unit"))


class RestrictForm(ActForm):
    read_only = BooleanField(_l("Reading only: nothing can be changed"))
    units = RowsField(UnitRow, _l("These units alone, with all below them (empty: all)"))
    field_codes = TicksField(_l("Changes in these fields alone (none ticked: all)"), coerce=str)
    valid_from = DayField(_l("First day"), description=_l("Empty: from now."))
    valid_to = DayField(_l("Last day"), description=_l("Empty: until it is lifted."))
    reason = ReasonField()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.field_codes.offer((code, f"{code}. {name}") for code, name in fields())


class PostForm(ActForm):
    unit = LookupField(units(), _l("Unit"), [InputRequired()], description=_l("Type a code or a part of the name."))
    function = WordField(label=_l("Function"), words=POST_FUNCTIONS)
    valid_from = DayField(_l("First day"), description=_l("Empty: from now."))
    valid_to = DayField(_l("Last day"), description=_l("Empty: without end."))
    reason = ReasonField()


FORMS: dict[str, type[ActForm]] = {
    "rename": RenameForm,
    "reissue": ActForm,
    "suspend": ActForm,
    "resume": ActForm,
    "days": DaysForm,
    "restrict": RestrictForm,
    "lift": ActForm,
    "post": PostForm,
    "end": ActForm,
    "unlock": ActForm,
    "reset": FactorForm,
}

"""Forms of generated screens: one CSRF token with the own forms, and fields that refuse what is out of scope."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask import render_template
from flask_admin.contrib.sqla.fields import QuerySelectField
from flask_admin.contrib.sqla.form import AdminModelConverter
from flask_admin.form import BaseForm
from flask_admin.model.form import converts
from flask_admin.model.widgets import XEditableWidget
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from markupsafe import Markup
from wtforms import (
    BooleanField,
    DateField,
    Field,
    FieldList,
    Form,
    FormField,
    HiddenField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import Choice, SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, DateTimeLocalInput, ListWidget, Select, TextInput

import models as m
from admin.lookups import Lookup, NotFound
from extensions import db
from i18n import FormTranslations, from_local, lazy, render, to_local
from rules.rounding import POINT_PLACES, NumberFault, parse_decimal, plain
from rules.text import nfc

#: The order of drop-downs; every one of them is a small table without any unit's data.
ORDERS: dict[type[Any], Callable[[], Any]] = {
    m.Level: lambda: m.Level.position,
    m.UnitKind: lambda: m.UnitKind.id,
    m.Round: lambda: m.Round.year.desc(),
    m.CriteriaSet: lambda: m.CriteriaSet.code,
    m.UnitGroup: lambda: m.UnitGroup.code,
    m.Council: lambda: m.Council.id.desc(),
}
LONGEST_TEXT_LINE = 300


class AdminForm(BaseForm):
    """The base of all generated forms: Flask-WTF's token, so that one token serves all pages, and our sentences."""

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Form) -> FormTranslations:
            return FormTranslations()


class RowForm(Form):
    """One line of a ``RowsField``; the token is that of the form around it."""

    class Meta:
        def get_translations(self, form: Form) -> FormTranslations:
            return FormTranslations()


class VersionField(HiddenField):
    """The version of the row that the form was made from; compared, never written."""

    def populate_obj(self, obj: Any, name: str) -> None:
        """Write nothing: the version belongs to the mapper."""


class PlainField(StringField):
    """A line of text: composed (NFC), without NUL and outer spaces."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = nfc(valuelist[0]).replace("\x00", "").strip()


class LongField(TextAreaField):
    """Text of several lines: composed (NFC), without NUL."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if valuelist:
            self.data = nfc(valuelist[0]).replace("\x00", "").replace("\r\n", "\n").strip()


class ReasonField(LongField):
    """Why something is done: it goes into the act and with it into the audit trail, not into a row."""

    def __init__(self, label: Any = None, validators: Sequence[Any] | None = None, **kwargs: Any) -> None:
        words = _l("Reason")
        kwargs.setdefault("description", _l("It stands in the audit trail."))
        kwargs.setdefault("render_kw", {"rows": 2, "maxlength": 500})
        super().__init__(label or words, validators or [InputRequired(), Length(max=500)], **kwargs)

    def populate_obj(self, obj: Any, name: str) -> None:
        """Write nothing: the save takes it (``Saving.reason_of``)."""


class DecimalField(Field):
    """A number of 0 or more, with comma or point; exact, never a float."""

    widget = TextInput()

    def __init__(self, *args: Any, places: int = POINT_PLACES, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.places = places

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else plain(self.data).replace(".", ",")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: Decimal | None = None
        if valuelist and valuelist[0].strip():
            try:
                self.data = parse_decimal(valuelist[0], places=self.places)
            except NumberFault as fault:
                raise ValueError(render(fault.message)) from fault


class WholeField(DecimalField):
    """A whole number of 0 or more that fits its column."""

    def __init__(self, *args: Any, most: int = 9999, **kwargs: Any) -> None:
        super().__init__(*args, places=0, **kwargs)
        self.most = most

    def _value(self) -> str:
        return str(self.raw_data[0]) if self.raw_data else "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata(valuelist)
        if self.data is not None:
            if self.data > self.most:
                raise ValueError(_("At most %(most)s.", most=self.most))
            self.data = int(self.data)  # type: ignore[assignment]


class DayField(DateField):
    """A date; years before 1900 or after 2200 are slips of the keyboard."""

    def process_formdata(self, valuelist: list[str]) -> None:
        if not valuelist or not valuelist[0].strip():
            self.data = None
            return
        try:
            self.data = datetime.strptime(valuelist[0].strip(), "%Y-%m-%d").date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            self.data = None
        if self.data is None or not 1900 <= self.data.year <= 2200:
            self.data = None
            raise ValueError(_("Enter a date, such as 31/12/2026."))


class MomentField(Field):
    """A moment in the time of the province, kept in UTC."""

    widget = DateTimeLocalInput()

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else to_local(self.data).strftime("%Y-%m-%dT%H:%M")

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data: datetime | None = None
        typed = valuelist[0].strip().replace(" ", "T")[:16] if valuelist else ""
        if typed:
            try:
                local = datetime.strptime(typed, "%Y-%m-%dT%H:%M")  # noqa: DTZ007 - from_local gives it its zone
            except ValueError as fault:
                raise ValueError(_("Enter day and time, such as 17:00 31/12/2026.")) from fault
            if not 1900 <= local.year <= 2200:
                raise ValueError(_("Enter day and time, such as 17:00 31/12/2026."))
            self.data = from_local(local)


class WordField(SelectField):
    """One word of a vocabulary, by its title."""

    def __init__(self, *args: Any, words: Iterable[enum.Enum], **kwargs: Any) -> None:
        self.by_value = {str(word.value): word for word in words}
        choices = [SelectChoice(value, lazy(word.title)) for value, word in self.by_value.items()]  # type: ignore[attr-defined]
        super().__init__(*args, choices=choices, coerce=self._word, **kwargs)

    def _word(self, value: Any) -> Any:
        if isinstance(value, enum.Enum) or value is None:
            return value
        return self.by_value.get(str(value), value)

    def iter_choices(self) -> Iterator[Choice]:
        chosen = str(getattr(self.data, "value", self.data))
        for value, word in self.by_value.items():
            yield Choice(value, render(word.title), value == chosen, {})  # type: ignore[attr-defined]

    def pre_validate(self, form: Form) -> None:
        if not isinstance(self.data, enum.Enum):
            raise ValidationError(self.gettext("Not a valid choice."))


class ScopedSelect(QuerySelectField):
    """A drop-down over rows the reader sees. A posted id that is not among them is refused, also where blank is allowed."""

    widget = Select()

    def pre_validate(self, form: Form) -> None:
        posted = self.raw_data[0] if self.raw_data else "__None"
        if posted not in ("__None", "") and self.data is None:
            raise ValidationError(self.gettext("Not a valid choice."))
        super().pre_validate(form)

    def process_formdata(self, valuelist: list[str]) -> None:
        super().process_formdata([value or "__None" for value in valuelist])

    def iter_choices(self) -> Iterator[Choice]:
        if self.allow_blank or self.data is None:
            yield Choice("__None", self.blank_text, self.data is None, {})
        for key, row in self._get_object_list():
            yield Choice(key, str(row), row == self.data, {})


class LookupWidget(TextInput):
    """A line of text with suggestions: admin.js asks the look-up address; without script the server resolves the text."""

    def __call__(self, field: Field, **kwargs: Any) -> Markup:
        kwargs.update({"list": f"{field.id}-list", "autocomplete": "off", "data-lookup": field.short_name})
        return super().__call__(field, **kwargs) + Markup('<datalist id="{}"></datalist>').format(f"{field.id}-list")


class LookupField(Field):
    """A related row, typed by code or name; only rows in the reader's scope are found."""

    widget = LookupWidget()

    def __init__(
        self,
        loader: Lookup,
        label: str | None = None,
        validators: Sequence[Any] | None = None,
        *,
        allow_blank: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(label, validators, **kwargs)
        self.loader, self.allow_blank = loader, allow_blank

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.loader.label(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        self.data = None
        typed = nfc(valuelist[0]).replace("\x00", "").strip()[:LONGEST_TEXT_LINE] if valuelist else ""
        if typed:
            try:
                self.data = self.loader.resolve(typed)
            except NotFound as none:
                raise ValueError(render(none.message)) from none


class RowsWidget:
    """A table of small forms, the last of them blank."""

    def __call__(self, field: RowsField, **kwargs: Any) -> Markup:
        return Markup(render_template("admin/rows.html", field=field))  # noqa: S704 - a template escapes


class RowsField(FieldList):
    """Lines of a small form; blank lines are passed over, two stand ready for more."""

    widget = RowsWidget()

    def __init__(self, row: type[RowForm], label: str | None = None, *, most: int = 40, **kwargs: Any) -> None:
        super().__init__(FormField(row), label, max_entries=most, **kwargs)

    def process(self, formdata: Any, data: Any = None, extra_filters: Any = None) -> None:
        super().process(formdata, data or [], extra_filters)
        while len(self.entries) < self.max_entries and not all(map(self._blank, self.entries[-2:] or [None])):
            self.append_entry({})
        if len(self.entries) == 1:
            self.append_entry({})

    @staticmethod
    def _blank(row: Any) -> bool:
        if row is None:
            return False
        texts = [field for field in row.form if not isinstance(field, BooleanField)]
        return not any(str(f.raw_data[0]).strip() if f.raw_data else f.data not in (None, "") for f in texts)

    @property
    def filled(self) -> list[dict[str, Any]]:
        """The lines that hold something."""
        return [row.data for row in self.entries if not self._blank(row)]

    def validate(self, form: Form, extra_validators: Sequence[Any] = ()) -> bool:
        self.errors = []
        for place, row in enumerate(self.entries, start=1):
            if not self._blank(row) and not row.validate(form):
                said = " ".join(str(e) for errors in row.errors.values() for e in errors)
                self.errors.append(_("Line %(line)s: %(fault)s", line=place, fault=said))
        return not self.errors

    def populate_obj(self, obj: Any, name: str) -> None:
        """Write nothing: the view takes the lines itself."""


class TicksField(SelectMultipleField):
    """Several choices as boxes; what they mean the view writes itself."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()

    def __init__(self, label: Any = None, *, coerce: Callable[[Any], Any] = int, **kwargs: Any) -> None:
        super().__init__(label, choices=[], coerce=coerce, **kwargs)

    def offer(self, choices: Iterable[tuple[Any, str]]) -> None:
        """Set what may be ticked by this reader."""
        self.choices = [SelectChoice(value, label) for value, label in choices]

    def populate_obj(self, obj: Any, name: str) -> None:
        """Write nothing: the view takes the ticks itself."""


class InPlace(XEditableWidget):
    """A cell that admin.js turns into a field: plain text and numbers only."""

    def get_kwargs(self, field: Field, kwargs: dict[str, Any]) -> dict[str, Any]:
        if isinstance(field, PlainField | DecimalField):
            kwargs["data-type"] = "text"
            return kwargs
        raise TypeError(f"{field.name}: edit this in its own form, not in the list")


class Converter(AdminModelConverter):
    """From columns to our fields: exact numbers, moments in local time, words by title, relations inside the scope."""

    def _model_select_field(self, prop: Any, multiple: Any, remote_model: type[Any], **kwargs: Any) -> Field:
        if multiple:
            raise TypeError(f"{prop}: rows that the editor does not see would be unlinked; edit them in an own view")
        loader = self.view._form_ajax_refs.get(prop.key)  # noqa: SLF001 - Flask-Admin keeps its loaders there
        if loader is not None:
            return LookupField(loader, **kwargs)
        order = ORDERS[remote_model]  # a table without an order is too large or too private for a drop-down
        kwargs["query_factory"] = lambda: db.session.query(remote_model).order_by(order())
        return ScopedSelect(**kwargs)

    @converts("String")
    def conv_String(  # noqa: N802 - replaces Flask-Admin's
        self, column: Any, field_args: dict[str, Any], **extra: Any
    ) -> Field:
        field_args["validators"].append(Length(max=column.type.length))
        return (LongField if column.type.length >= 500 else PlainField)(**field_args)

    @converts("Integer")
    def handle_integer_types(self, column: Any, field_args: dict[str, Any], **extra: Any) -> Field:
        return WholeField(**field_args)

    @converts("Date")
    def convert_date(self, field_args: dict[str, Any], **extra: Any) -> Field:
        return DayField(**field_args)

    @converts("models.base.Points")
    def convert_points(self, field_args: dict[str, Any], **extra: Any) -> Field:
        return DecimalField(**field_args)

    @converts("models.base.UtcDateTime")
    def convert_moment(self, field_args: dict[str, Any], **extra: Any) -> Field:
        return MomentField(**field_args)

    @converts("models.base.Word", "models.base.Rank")
    def convert_word(self, column: Any, field_args: dict[str, Any], **extra: Any) -> Field:
        return WordField(words=column.type.enum_class, **field_args)


def required(field: Field) -> bool:
    """Tell whether a field must be filled."""
    return any(isinstance(validator, InputRequired) for validator in field.validators)

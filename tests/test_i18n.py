"""The language of a request: what a person reads, in Vietnamese, in English and outside a request."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pytest
import wtforms
from flask import Flask, g, render_template_string, session
from flask_admin.babel import gettext as admin_gettext
from flask_admin.form import BaseForm as AdminForm
from flask_babel import Babel, force_locale, gettext
from wtforms.validators import InputRequired, Length

import i18n
from rules.message import M

REQUIRED = "Bắt buộc nhập ô này."


@pytest.fixture
def speaking() -> Iterator[Flask]:
    """A bare application that speaks, inside a request without a chosen language."""
    app = Flask(__name__)
    app.secret_key = "made up"
    i18n.init_app(app, Babel())
    with app.test_request_context():
        yield app


def test_vietnamese_unless_the_session_says_otherwise(speaking: Flask) -> None:
    assert i18n.select_locale() == "vi"
    session[i18n.SESSION_KEY] = "en"
    assert i18n.select_locale() == "en"


def test_the_account_s_language_counts_until_the_session_has_one(speaking: Flask) -> None:
    g.user = SimpleNamespace(locale="en")
    assert i18n.select_locale() == "en"
    session[i18n.SESSION_KEY] = "vi"
    assert i18n.select_locale() == "vi"


@pytest.mark.parametrize("forged", ["fr", "", "../en", 7, None])
def test_a_language_we_do_not_speak_is_vietnamese(speaking: Flask, forged: object) -> None:
    session[i18n.SESSION_KEY] = forged
    assert gettext("Save") == "Lưu"


def test_english_is_the_message_itself(speaking: Flask) -> None:
    session[i18n.SESSION_KEY] = "en"
    assert gettext("Save") == "Save"
    assert i18n.format_date(date(2026, 12, 31)) == "31 Dec 2026"
    assert i18n.format_datetime(datetime(2026, 12, 31, 10, 0, tzinfo=UTC)) == "17:00, 31 Dec 2026"
    assert i18n.number(Decimal("1234.50")) == "1,234.50"


def test_outside_a_request_and_an_application_vietnamese_is_spoken() -> None:
    assert i18n.points(Decimal("7.25")) == "7,25"
    assert i18n.FormTranslations().gettext("This field is required.") == REQUIRED
    app = Flask(__name__)
    i18n.init_app(app, Babel())
    with app.app_context():
        assert gettext("Save") == "Lưu"


@pytest.mark.parametrize(
    ("value", "places", "text"),
    [
        ("2.665", 2, "2,67"),  # half-even would say 2,66
        ("2.675", 2, "2,68"),
        ("-0.005", 2, "-0,01"),
        ("0.5", 2, "0,50"),
        ("85", 0, "85"),
        ("99.9995", 3, "100,000"),
        ("1234.5", 1, "1.234,5"),
        ("1E+2", 2, "100,00"),
    ],
)
def test_points_are_rounded_half_up_with_a_comma(speaking: Flask, value: str, places: int, text: str) -> None:
    assert i18n.points(Decimal(value), places) == text


def test_nothing_is_a_dash_and_never_a_zero(speaking: Flask) -> None:
    writers = (i18n.points, i18n.number, i18n.percent, i18n.format_date, i18n.format_datetime)
    assert {write(None) for write in writers} == {"–"}
    assert i18n.points(Decimal(0)) == "0,00"


def test_numbers_keep_what_they_have(speaking: Flask) -> None:
    assert i18n.number(Decimal("0.5000")) == "0,5000"
    assert i18n.number(33000) == "33.000"
    assert i18n.percent(Decimal("85.416")) == "85,42%"


def test_days_and_moments_are_those_of_the_province(speaking: Flask) -> None:
    late = datetime(2026, 12, 31, 17, 30, tzinfo=UTC)
    assert i18n.format_datetime(late) == "00:30 01/01/2027"
    assert i18n.format_datetime(late.replace(tzinfo=None)) == "00:30 01/01/2027"
    assert i18n.format_date(late) == "01/01/2027"
    assert i18n.format_date(date(2026, 12, 31)) == "31/12/2026"


def test_typed_time_comes_back_as_it_was_typed() -> None:
    typed = datetime(2026, 12, 31, 17, 0)  # noqa: DTZ001 - a form field knows no zone
    assert i18n.from_local(typed) == datetime(2026, 12, 31, 10, 0, tzinfo=UTC)
    assert i18n.to_local(i18n.from_local(typed)).replace(tzinfo=None) == typed


def test_parts_of_a_message_are_written_for_the_reader(speaking: Flask) -> None:
    message = M(
        "{points} {day} {moment} {year} {word} {inner}",
        points=Decimal("0.50"),
        day=date(2026, 12, 31),
        moment=datetime(2026, 12, 31, 10, 0, tzinfo=UTC),
        year=2024,
        word="{not a part}",
        inner=M("Save"),
    )
    assert i18n.render(message) == "0,50 31/12/2026 17:00 31/12/2026 2024 {not a part} Lưu"
    with force_locale("en"):
        assert i18n.render(message) == "0.50 31 Dec 2026 17:00, 31 Dec 2026 2024 {not a part} Save"


def test_plain_text_passes_render_unchanged(speaking: Flask) -> None:
    assert i18n.render("Save") == "Save"


def test_templates_speak_without_being_asked(speaking: Flask) -> None:
    source = "{{ message }}|{{ message|render|upper }}|{{ points|points }}|{{ day|date }}|{{ _('Save') }}"
    text = render_template_string(source, message=M("Save"), points=Decimal("7.245"), day=date(2026, 1, 2))
    assert text == "Lưu|LƯU|7,25|02/01/2026|Lưu"


def test_names_of_people_are_escaped_inside_a_message(speaking: Flask) -> None:
    assert render_template_string("{{ m }}", m=M("{name}", name="<b>")) == "&lt;b&gt;"


def test_lazy_label_follows_the_reader(speaking: Flask) -> None:
    label = i18n.lazy(M("Save"))
    assert str(label) == "Lưu"
    with force_locale("en"):
        assert str(label) == "Save"


class OwnForm(wtforms.Form):
    """A form like those of the views."""

    class Meta:
        def get_translations(self, _form: object) -> i18n.FormTranslations:
            return i18n.FormTranslations()

    name = wtforms.StringField(validators=[InputRequired(), Length(max=3)])


class GeneratedForm(AdminForm):
    """A form like those of Flask-Admin."""

    name = wtforms.StringField(validators=[InputRequired(), Length(max=3)])


@pytest.mark.parametrize("form_class", [OwnForm, GeneratedForm])
def test_wtforms_complains_in_the_reader_s_language(speaking: Flask, form_class: type[wtforms.Form]) -> None:
    form = form_class(data={})
    assert not form.validate()
    assert form.errors == {"name": [REQUIRED]}
    with force_locale("en"):
        english = form_class(data={})
        assert not english.validate()
        assert english.errors == {"name": ["This field is required."]}


def test_plural_sentences_have_their_one_vietnamese_form() -> None:
    forms = i18n.FormTranslations()
    singular, plural = (
        "Field cannot be longer than %(max)d character.",
        "Field cannot be longer than %(max)d characters.",
    )
    assert {forms.ngettext(singular, plural, n) for n in (1, 2, 5)} == {"Không được dài quá %(max)d ký tự."}


def test_flask_admin_speaks_our_words_first_and_its_own_otherwise(speaking: Flask) -> None:
    assert admin_gettext("Record was successfully created.") == "Đã thêm bản ghi."
    assert admin_gettext("Home") == "Trang chủ"
    with force_locale("en"):
        assert admin_gettext("Home") == "Home"

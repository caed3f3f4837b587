"""The language of a request: catalogues, messages to text, numbers and times the way a person here writes them.

Vietnamese is complete and the default, English (the message ids themselves) comes second. The catalogues are the files
``translations/vi/*.po``, read straight into memory once per process, so that nothing has to be compiled.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from functools import cache
from pathlib import Path
from typing import Any

import flask_admin
import flask_admin.babel
from babel import Locale, numbers
from babel.dates import format_date as babel_date
from babel.dates import format_datetime as babel_datetime
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations
from flask import Flask, g, has_app_context, has_request_context, session
from flask_babel import Babel, Domain, get_locale
from flask_babel.speaklater import LazyString

from rules.behalf import named
from rules.message import Message

DEFAULT_LOCALE = "vi"
#: The languages a person may choose, each by its own name.
LOCALES = {"vi": "Tiếng Việt", "en": "English"}
#: The time of the province; the database keeps UTC. Viet Nam has kept this offset all the year since 1975.
LOCAL_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
#: Where the switch in the page keeps the language of this session; it goes before the account's.
SESSION_KEY = "locale"
CATALOGUES = Path(__file__).parent / "translations"

_DATE_PATTERNS = {"vi": "dd/MM/yyyy", "en": "d MMM yyyy"}
_DATETIME_PATTERNS = {"vi": "HH:mm dd/MM/yyyy", "en": "HH:mm, d MMM yyyy"}
#: The same patterns for ``strftime`` where it can write them, many times faster than Babel.
_STRFTIME = {"vi": ("%d/%m/%Y", "%H:%M %d/%m/%Y")}
_MISSING = "–"


# Catalogues


def catalogue_files(locale: str = DEFAULT_LOCALE) -> list[Path]:
    """Return the catalogue files of a language: first Flask-Admin's own, then ours, which have the last word."""
    shipped = Path(flask_admin.__file__).parent / "translations" / locale / "LC_MESSAGES" / "admin.po"
    return [*([shipped] if shipped.exists() else []), *sorted((CATALOGUES / locale).glob("*.po"))]


def merge_catalogues(files: Iterable[Path], locale: str = DEFAULT_LOCALE) -> Catalog:
    """Read catalogue files into one; of two translations of a sentence the later file's counts.

    Raises ``babel.messages.pofile.PoFileError`` for a file that is not a catalogue.
    """
    merged = Catalog(locale=locale)
    for file in files:
        with file.open("rb") as stream:
            for message in read_po(stream, locale=locale, abort_invalid=True):
                if message.id and message.string and not message.fuzzy:
                    merged.delete(message.id, message.context)
                    merged.add(message.id, message.string, context=message.context)
    return merged


@cache
def translations_of(locale: str) -> NullTranslations:
    """Return the one catalogue of a language: our rooms, Flask-Admin's and WTForms' words; English needs none."""
    files = catalogue_files(locale) if locale == DEFAULT_LOCALE else []
    if not files:
        return NullTranslations()
    compiled = io.BytesIO()
    write_mo(compiled, merge_catalogues(files, locale))
    compiled.seek(0)
    return Translations(compiled)


class _Catalogue(Domain):
    """Flask-Babel's way to a catalogue, leading to ours, also outside a request (commands speak Vietnamese)."""

    def get_translations(self) -> NullTranslations:
        return translations_of(_language())


class FormTranslations:
    """What a form's ``Meta.get_translations`` returns, so that WTForms' own sentences come from our catalogue."""

    def gettext(self, string: str) -> str:
        return translations_of(_language()).gettext(string)

    def ngettext(self, singular: str, plural: str, n: int) -> str:
        return translations_of(_language()).ngettext(singular, plural, n)


def select_locale() -> str:
    """Return the language of the current request: the session's, the account's (``g.user.locale``), or Vietnamese."""
    if not has_request_context():
        return DEFAULT_LOCALE
    choices = (session.get(SESSION_KEY), getattr(g.get("user"), "locale", None))
    return next((choice for choice in choices if choice in LOCALES), DEFAULT_LOCALE)


def _language() -> str:
    """Return the language to speak now; ``force_locale`` goes before the request's, no application means Vietnamese."""
    # Asked for every number of a page: look where Flask-Babel keeps its answer before asking it.
    kept = getattr(g.get("_flask_babel"), "babel_locale", None) if has_app_context() else None
    locale: Locale | None = kept or get_locale()
    return locale.language if locale is not None and locale.language in LOCALES else DEFAULT_LOCALE


# Numbers and times


@cache
def _separators(language: str) -> tuple[str, str]:
    return numbers.get_decimal_symbol(language), numbers.get_group_symbol(language)


def _written(value: Decimal | int, places: int, *, grouped: bool) -> str:
    """Write a number that already has its places; Babel's own way is half-even and drops trailing zeros."""
    decimal_mark, group_mark = _separators(_language())
    text = f"{value:,.{places}f}" if grouped else f"{value:.{places}f}"
    return text.translate({ord("."): decimal_mark, ord(","): group_mark})


def _own_places(value: Decimal) -> int:
    exponent = value.as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def points(value: Decimal | None, places: int = 2) -> str:
    """Write points with exactly ``places`` decimals, rounded half up; nothing (not scored) is a dash, never 0."""
    if value is None:
        return _MISSING
    return _written(value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP), places, grouped=True)


def points_writer(places: int = 2) -> Callable[[Decimal | None], str]:
    """Return ``points`` for one number of places and the language of now, both asked once: for tables of many figures."""
    decimal_mark, group_mark = _separators(_language())
    marks = {ord("."): decimal_mark, ord(","): group_mark}
    step = Decimal(1).scaleb(-places)
    known: dict[Decimal | None, str] = {None: _MISSING}

    def write(value: Decimal | None) -> str:
        if value is not None and value not in known:
            known[value] = f"{value.quantize(step, ROUND_HALF_UP):,.{places}f}".translate(marks)
        return known[value]

    return write


def number(value: Decimal | int | None) -> str:
    """Write a number with all the decimals it has and marks between thousands."""
    if value is None:
        return _MISSING
    return _written(value, _own_places(value) if isinstance(value, Decimal) else 0, grouped=True)


def percent(value: Decimal | None, places: int = 2) -> str:
    """Write a value that is already a percentage (85.416 is "85,42%"), rounded half up; nothing is a dash."""
    return _MISSING if value is None else f"{points(value, places)}%"


def to_local(value: datetime) -> datetime:
    """Return a moment in the time of the province; one without a zone is UTC, as the database keeps it."""
    return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(LOCAL_TIME)


def from_local(value: datetime) -> datetime:
    """Return the UTC moment of a time a person typed, which has no zone and means the time of the province."""
    return value.replace(tzinfo=LOCAL_TIME).astimezone(UTC)


def format_date(value: date | None) -> str:
    """Write a day ("31/12/2026"); of a moment, the day it has in the province; nothing is a dash."""
    if value is None:
        return _MISSING
    day = to_local(value).date() if isinstance(value, datetime) else value
    language = _language()
    if language in _STRFTIME:
        return day.strftime(_STRFTIME[language][0])
    return babel_date(day, _DATE_PATTERNS[language], locale=language)


def format_datetime(value: datetime | None) -> str:
    """Write a moment in the time of the province ("17:00 31/12/2026"); nothing is a dash."""
    if value is None:
        return _MISSING
    language = _language()
    if language in _STRFTIME:
        return to_local(value).strftime(_STRFTIME[language][1])
    return babel_datetime(to_local(value), _DATETIME_PATTERNS[language], locale=language)


# Messages


def render(message: Message | str) -> str:
    """Return a message in the language of the request; a text stays as it is.

    Decimals keep exactly their own places, days and moments get the local form, messages inside are rendered first.
    Whole numbers are written plainly: they may be years, ranks or codes.
    """
    if not isinstance(message, Message):
        return message
    sentence = translations_of(_language()).gettext(message.id)
    return sentence.format(**{name: _part(value) for name, value in message.params.items()})


def _part(value: object) -> str:
    match value:
        case Message():
            return render(value)
        case Decimal() if value.is_finite():
            return _written(value, _own_places(value), grouped=False)
        case datetime():
            return format_datetime(value)
        case date():
            return format_date(value)
        case _:
            return str(value)


def lazy(message: Message) -> LazyString:
    """Return a label that is rendered anew in each request: for forms and views that are built once at start."""
    return LazyString(render, message)


def _finalize(value: Any) -> Any:
    """Let templates print a message as it is: ``{{ state.title }}`` speaks the reader's language."""
    return render(value) if isinstance(value, Message) else value


# Wiring


def init_app(app: Flask, babel: Babel) -> None:
    """Give the application its language: Flask-Babel, our one catalogue for all libraries, and the template filters.

    Filters: ``points``, ``number``, ``percent``, ``date``, ``datetime`` and ``render`` (``msg`` in short, for a message inside an
    expression; a message printed alone needs no filter), ``acted`` (a name and in whose place it acted). Globals: ``locales`` and ``get_locale()`` (the code, "vi").
    """
    babel.init_app(
        app, default_locale=DEFAULT_LOCALE, default_timezone="Asia/Ho_Chi_Minh", locale_selector=select_locale
    )
    catalogue = _Catalogue()
    babel.domain_instance = catalogue
    # Flask-Admin and its forms carry domains of their own, with uneven Vietnamese and none for WTForms: lead both here.
    flask_admin.babel.domain.get_translations = catalogue.get_translations
    flask_admin.babel.wtforms_domain.get_translations = catalogue.get_translations
    app.jinja_env.finalize = _finalize
    app.jinja_env.filters.update(
        points=points,
        number=number,
        percent=percent,
        date=format_date,
        datetime=format_datetime,
        render=render,
        msg=render,
        acted=lambda name, giver: render(named(name, giver)),
    )
    app.jinja_env.globals.update(locales=LOCALES, get_locale=_language)

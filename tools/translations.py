"""Tells whether every sentence a person can see has its Vietnamese, and whether the catalogue files are sound.

python -m tools.translations check      faults, exit code 1 if there are any; entries nobody uses are only named
python -m tools.translations missing    the entries that lack a translation, ready to paste into a catalogue file
"""

from __future__ import annotations

import string
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import flask_admin
import wtforms.i18n
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import PoFileError, read_po

from i18n import CATALOGUES, DEFAULT_LOCALE, catalogue_files, merge_catalogues

ROOT = Path(__file__).resolve().parent.parent
#: Rooms whose sentences reach no user.
_WORKSHOP = {"tests", "tools", "bench", "migrations", "docs", "data", "var", "build", "static", "node_modules"}
_METHODS = [("**.py", "python"), ("**/templates/**.html", "jinja2"), ("templates/**.html", "jinja2")]
_KEYWORDS = {
    **dict.fromkeys(("M", "_", "_l", "gettext", "_gettext", "lazy_gettext")),
    **dict.fromkeys(("ngettext", "_ngettext", "lazy_ngettext"), (1, 2)),
    **dict.fromkeys(("pgettext", "lazy_pgettext"), ((1, "c"), 2)),
}
#: Catalogue files of libraries' sentences: not every one of them is used.
_OF_LIBRARIES = {"wtforms.po", "flask_admin.po"}

MessageId = str | tuple[str, ...]


@dataclass
class Sentence:
    """A message id with its context and the places that say it ("views/home.py:12")."""

    id: MessageId
    context: str | None
    places: list[str] = field(default_factory=list)

    @property
    def forms(self) -> tuple[str, ...]:
        return _forms(self.id)

    @property
    def in_template(self) -> bool:
        return any(".html:" in place for place in self.places)


def _forms(said: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return the singular and, where there is one, the plural."""
    return (said or "",) if isinstance(said, str) or said is None else tuple(said)


def _message_id(said: str | Sequence[str]) -> MessageId:
    return said if isinstance(said, str) else tuple(said)


def sentences(root: Path) -> list[Sentence]:
    """Return every sentence that Python code and templates below ``root`` mark for translation, in order of place."""

    def wanted(directory: str) -> bool:
        path = Path(directory)
        return path == root or not (
            path.name.startswith((".", "_")) or (path.parent == root and path.name in _WORKSHOP)
        )

    found: dict[tuple[str, str | None], Sentence] = {}
    extracted = extract_from_dir(root, _METHODS, {}, _KEYWORDS, directory_filter=wanted)
    for file, line, said, _comments, context in extracted:
        first = _forms(said)[0]
        if first:
            sentence = found.setdefault((first, context), Sentence(_message_id(said), context))
            sentence.places.append(f"{file}:{line}")
    return sorted(found.values(), key=lambda sentence: sentence.places[0])


def library_sentences() -> list[Sentence]:
    """Return what WTForms and Flask-Admin may say by themselves."""
    template = Path(wtforms.i18n.messages_path()) / "wtforms.pot"
    with template.open("rb") as stream:
        said = [Sentence(_message_id(entry.id), None, ["WTForms"]) for entry in read_po(stream) if entry.id]
    shown = sentences(Path(flask_admin.__file__).parent)
    # Our templates for Flask-Admin come through its domain: both read the one catalogue.
    return said + [Sentence(sentence.id, sentence.context, ["Flask-Admin"]) for sentence in shown]


def missing(said: Iterable[Sentence], catalogue: Catalog) -> list[Sentence]:
    """Return the sentences that have no translation in ``catalogue``."""
    return [sentence for sentence in said if catalogue.get(sentence.id, sentence.context) is None]


def faults_of_files(files: Iterable[Path]) -> Iterator[str]:
    """Tell unreadable files, unsure or empty entries, two translations of one sentence, and parts that differ."""
    first_said: dict[tuple[str, str | None], tuple[str, str]] = {}
    for file in files:
        try:
            with file.open("rb") as stream:
                entries = [entry for entry in read_po(stream, locale=DEFAULT_LOCALE, abort_invalid=True) if entry.id]
        except (PoFileError, UnicodeDecodeError) as error:
            yield f"{file.name}: {error}"
            continue
        for entry in entries:
            forms, texts = _forms(entry.id), _forms(entry.string)
            if entry.fuzzy or not all(texts):
                yield f"{file.name}: no sure translation: {forms[0]!r}"
                continue
            text, other = first_said.setdefault((forms[0], entry.context), (texts[0], file.name))
            if text != texts[0]:
                yield f"{file.name}: {forms[0]!r} is {texts[0]!r} here and {text!r} in {other}"
            yield from (
                f"{file.name}: the parts of {text!r} are not those of {forms[-1]!r}"
                for text in texts
                if _parts(text) not in [_parts(form) for form in forms]
            )


def _parts(text: str) -> set[str]:
    """Return the named parts of a sentence, ``{name}`` or ``%(name)s``, with their kind."""
    probe = _Probe()
    try:
        braces = {
            f"{{{name}}}" for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None
        }
        if "%(" in text:
            text % probe
    except (ValueError, TypeError) as error:
        return {f"cannot be filled: {error}"}
    return braces | {f"%({name})" for name in probe.asked}


class _Probe(dict[str, int]):
    """A mapping that has every name and remembers which were asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: set[str] = set()

    def __getitem__(self, name: str) -> int:
        self.asked.add(name)
        return 1


def faults_of_percent(said: Iterable[Sentence], catalogue: Catalog) -> Iterator[str]:
    """Tell sentences of templates whose percent sign stands alone: there every text is filled by ``%`` at the end."""
    for sentence in said:
        entry = catalogue.get(sentence.id, sentence.context)
        translated = () if entry is None else _forms(entry.string)
        for text in (*sentence.forms, *translated) if sentence.in_template else ():
            try:
                text % _Probe()
            except (ValueError, TypeError):
                yield f"{sentence.places[0]}: write %% for a percent sign in {text!r}"


def stale(said: Iterable[Sentence], files: Iterable[Path]) -> dict[str, list[str]]:
    """Return, per catalogue file, the sentences that nothing says any more."""
    used = {(sentence.forms[0], sentence.context) for sentence in said}
    unused: dict[str, list[str]] = defaultdict(list)
    for file in files:
        with file.open("rb") as stream:
            for entry in read_po(stream, locale=DEFAULT_LOCALE):
                first = _forms(entry.id)[0]
                if first and (first, entry.context) not in used:
                    unused[file.name].append(first)
    return unused


def check(root: Path = ROOT, catalogues: Path = CATALOGUES) -> int:
    """Print every fault and every unused entry; return 1 if there is a fault."""
    files = sorted((catalogues / DEFAULT_LOCALE).glob("*.po"))
    faults = list(faults_of_files(files))
    if not faults:
        catalogue = merge_catalogues(catalogue_files())
        own = sentences(root)
        faults += [
            f"{sentence.places[0]}: no Vietnamese for {sentence.forms[0]!r}"
            for sentence in missing([*own, *library_sentences()], catalogue)
        ]
        faults += faults_of_percent(own, catalogue)
        for name, unused in stale(own, [file for file in files if file.name not in _OF_LIBRARIES]).items():
            print(f"note: {name}: nobody says {', '.join(map(repr, unused))}")
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def print_missing() -> int:
    """Print the entries that lack a translation as the text of a catalogue file."""
    for sentence in missing(sentences(ROOT), merge_catalogues(catalogue_files())):
        print(f"# {' '.join(sentence.places[:3])}")
        if sentence.context:
            print(f"msgctxt {_quoted(sentence.context)}")
        print(f"msgid {_quoted(sentence.forms[0])}")
        if len(sentence.forms) > 1:
            print(f"msgid_plural {_quoted(sentence.forms[1])}")
        print('msgstr[0] ""\n' if len(sentence.forms) > 1 else 'msgstr ""\n')
    return 0


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["check"]:
            raise SystemExit(check())
        case ["missing"]:
            raise SystemExit(print_missing())
        case _:
            raise SystemExit("usage: python -m tools.translations check|missing")

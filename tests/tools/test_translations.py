"""Every sentence a person can see has its Vietnamese; and the check that says so sees each kind of fault."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from i18n import catalogue_files, merge_catalogues
from tools import translations


def test_every_sentence_of_the_product_and_its_libraries_has_vietnamese() -> None:
    catalogue = merge_catalogues(catalogue_files())
    said = [*translations.sentences(translations.ROOT), *translations.library_sentences()]
    lacking = [(sentence.forms[0], sentence.places[0]) for sentence in translations.missing(said, catalogue)]
    assert lacking == []


def test_every_sentence_of_wtforms_is_looked_at() -> None:
    ids = {sentence.forms[0] for sentence in translations.library_sentences()}
    assert {"This field is required.", "Not a valid float value.", "Record was successfully saved."} <= ids


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small product with a sentence in each of the ways to say one, and some that reach no user."""
    files = {
        "rules/a.py": 'M("by mark {n}", n=1)\nM("joined "\n  "sentence")\nM(variable)\nprint("not said")\n',
        "views/b.py": '_("plain")\n_l("lazy")\nngettext("one", "many", 2)\npgettext("verb", "open")\n',
        "templates/c.html": "{{ _('in template') }}{% trans name=x %}block {{ name }}{% endtrans %}",
        "tests/d.py": '_("only in tests")\n',
        ".hidden/e.py": '_("hidden")\n',
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return tmp_path


def test_every_way_of_saying_a_sentence_is_seen(tree: Path) -> None:
    said = {(sentence.forms, sentence.context) for sentence in translations.sentences(tree)}
    assert said == {
        (("by mark {n}",), None),
        (("joined sentence",), None),
        (("plain",), None),
        (("lazy",), None),
        (("one", "many"), None),
        (("open",), "verb"),
        (("in template",), None),
        (("block %(name)s",), None),
    }


def test_a_sentence_without_translation_is_missing_until_it_has_one(tree: Path) -> None:
    said = translations.sentences(tree)
    catalogue = Catalog(locale="vi")
    for sentence in said:
        text = "có" if isinstance(sentence.id, str) else ("có",)
        catalogue.add(sentence.id, text, context=sentence.context)
    assert translations.missing(said, catalogue) == []
    catalogue.delete("open", "verb")
    assert [sentence.forms for sentence in translations.missing(said, catalogue)] == [("open",)]


HEAD = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\nPlural-Forms: nplurals=1; plural=0;\\n"\n\n'


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ('msgid "a {n}"\nmsgstr "một {m}"\n', "the parts"),
        ('msgid "a %(n)s"\nmsgstr "một %(m)s"\n', "the parts"),
        ('msgid "a %(n)s"\nmsgstr "một %(n)"\n', "the parts"),
        ('msgid "a {n}"\nmsgstr "một {n"\n', "the parts"),
        ('msgid "a"\nmsgid_plural "%(num)s"\nmsgstr[0] "%(so)s"\n', "the parts"),
        ('msgid "a"\nmsgstr ""\n', "no sure translation"),
        ('#, fuzzy\nmsgid "a"\nmsgstr "một"\n', "no sure translation"),
        ('message "a"\nmsgstr "một"\n', "file.po"),
    ],
)
def test_each_fault_of_a_file_is_told(tmp_path: Path, entries: str, fault: str) -> None:
    file = tmp_path / "file.po"
    file.write_text(HEAD + entries, encoding="utf-8")
    faults = list(translations.faults_of_files([file]))
    assert len(faults) == 1
    assert fault in faults[0]


def test_a_sound_file_has_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "file.po"
    sound = (
        'msgid "a {n} {m}"\nmsgstr "{m} và {n}"\n\n'
        'msgid "%(num)d row"\nmsgid_plural "%(num)d rows"\nmsgstr[0] "%(num)d dòng"\n\n'
        'msgctxt "verb"\nmsgid "open"\nmsgstr "mở"\n\nmsgid "open"\nmsgstr "đang mở"\n\n'
        'msgid "100 %"\nmsgstr "100 %"\n'
    )
    file.write_text(HEAD + sound, encoding="utf-8")
    assert list(translations.faults_of_files([file])) == []


def test_two_files_that_disagree_are_told(tmp_path: Path) -> None:
    files = [tmp_path / "one.po", tmp_path / "two.po"]
    for file, text in zip(files, ("lưu", "ghi"), strict=True):
        file.write_text(f'{HEAD}msgid "save"\nmsgstr "{text}"\n', encoding="utf-8")
    assert list(translations.faults_of_files(files)) == ["two.po: 'save' is 'ghi' here and 'lưu' in one.po"]


def test_a_bare_percent_sign_in_a_template_is_told(tree: Path) -> None:
    (tree / "templates" / "c.html").write_text("{{ _('100 %') }}{{ _('5 %%') }}", encoding="utf-8")
    faults = list(translations.faults_of_percent(translations.sentences(tree), Catalog(locale="vi")))
    assert len(faults) == 1
    assert "'100 %'" in faults[0]


def test_entries_nobody_uses_are_named(tree: Path, tmp_path: Path) -> None:
    file = tmp_path / "file.po"
    file.write_text(f'{HEAD}msgid "plain"\nmsgstr "x"\n\nmsgid "gone"\nmsgstr "y"\n', encoding="utf-8")
    assert translations.stale(translations.sentences(tree), [file]) == {"file.po": ["gone"]}

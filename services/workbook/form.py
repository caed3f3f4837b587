"""A unit's form as a workbook: a row for each leaf under its field, present values, guidance, and the numbers that lead back."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from xlsxwriter.worksheet import Worksheet

from i18n import render
from rules.message import M, Message
from rules.points import InputKind, Rule
from rules.rounding import plain
from rules.verbs import Verb
from rules.vocabulary import CriterionKind, Method
from services.form import Heading, Line, Reading
from services.guidance import sentences
from services.score import NOTE_LENGTH, REASON_LENGTH
from services.workbook.book import FIRST_ROW, Book, Head
from services.workbook.layout import Filled, Kind, Marks, slots_of

#: Columns before the inputs: three hidden ones, code, name, maximum, last year.
_BEFORE = 7
LABEL_WIDTH, INPUT_WIDTH = 18, 12


def write(reading: Reading) -> bytes:
    """Write the form as the reader sees it; input cells are open where the reader may score it now."""
    form, round_ = reading.form, reading.form.round
    marks = Marks(Kind.FORM, str(form.id), str(form.criteria_set_id), form.unit.name, round_.name)
    book = Book(marks)
    open_ = bool(reading.may[Verb.SCORE])
    width = max((len(slots_of(line.leaf.rule)) for line in reading.lines), default=1)
    heads = _heads(reading, width)
    sheet = book.sheet(
        render(M("Self-assessment form")),
        render(_first_line(reading, open_=open_)),
        render(HINT),
        heads,
        fixed=5,
        hidden=3,
    )
    row = FIRST_ROW
    for part in reading.parts:
        words = f"{part.code}. {part.name}" + ("" if part.maximum is None else f" ({_comma(part.maximum)})")
        book.section(sheet, row, len(heads), words, strong=True)
        row += 1
        for line in part.rows:
            if isinstance(line, Heading):
                book.section(sheet, row, len(heads), f"{line.code}. {line.name} ({_comma(line.maximum)})", strong=False)
            else:
                _line(book, sheet, row, line, reading, width, open_=open_)
            row += 1
    book.guidance(
        ((line.leaf.code, line.leaf.name, how(line.leaf.rule)) for line in reading.lines),
        (render(M("Code")), render(M("Criterion")), render(M("How it is scored"))),
    )
    return book.done()


HINT = M(
    "Fill in the yellow cells only, then upload this file: first you see what would change, nothing is written before you confirm. "
    "The sheet is protected against slips without a password (Review, Unprotect Sheet). "
    "Do not change the hidden columns. An emptied item becomes “not scored”; a deleted row changes nothing."
)


def _first_line(reading: Reading, *, open_: bool) -> Message:
    closes_at = reading.seen.closes_at
    names = {"unit": reading.form.unit.name, "round": reading.form.round.name}
    if closes_at is None:
        return M("{unit} – {round}", **names)
    if open_:
        return M("{unit} – {round} – closes at {time}", time=closes_at, **names)
    return M("{unit} – {round} – to read only; self-scoring closes at {time}", time=closes_at, **names)


def input_heads(width: int) -> list[Head]:
    """Return the columns of the inputs: what each is, and its cell."""
    heads: list[Head] = []
    for number in range(1, width + 1):
        heads.append(Head("", render(M("What {number}", number=number)), LABEL_WIDTH))
        heads.append(Head(f"in:{number}", render(M("Value {number}", number=number)), INPUT_WIDTH))
    return heads


def _heads(reading: Reading, width: int) -> list[Head]:
    return [
        Head("key", "", 0),
        Head("version", "", 0),
        Head("was", "", 0),
        Head("code", render(M("Code")), 8),
        Head("", render(M("Criterion")), 36),
        Head("", render(M("Maximum")), 8),
        Head("", reading.last_round or render(M("Last year")), 9),
        *input_heads(width),
        Head("na", render(M("Not applicable")), 10),
        Head("stated", render(M("Other points")), 10),
        Head("reason", render(M("Reason for other points")), 24),
        Head("note", render(M("Note")), 32),
        Head("", render(M("Guidance")), 44),
    ]


def _line(book: Book, sheet: Worksheet, row: int, line: Line, reading: Reading, width: int, *, open_: bool) -> None:
    leaf, round_, filled = line.leaf, reading.form.round, Filled.of(line.own)
    open_ = open_ and line.editable and reading.writes(leaf.field_code)
    _unseen(book, sheet, row, f"i{leaf.id}", line.own.version if line.own else 0, filled)
    book.text(sheet, row, 3, leaf.code)
    book.text(sheet, row, 4, leaf.name)
    book.number(sheet, row, 5, leaf.maximum, round_.shown_places)
    if line.last is not None and not line.last.not_applicable:
        book.number(sheet, row, 6, line.last.points, round_.shown_places)
    elif line.last is not None:
        book.text(sheet, row, 6, M("Not applicable"))
    at = inputs(book, sheet, row, _BEFORE, leaf.rule, filled, width, open_=open_)
    if not line.editable:
        book.text(sheet, row, _BEFORE, closed_words(line), italic=True)
        book.still(sheet, row, range(at, at + 4))
    else:
        proposed = leaf.rule.may_be_not_applicable or filled.not_applicable
        book.answer(sheet, row, at, filled.not_applicable or None, open_=open_ and proposed)
        stated = round_.stated_points_allowed or bool(filled.stated)
        book.figure(sheet, row, at + 1, filled.stated, open_=open_ and stated, limit=plain(leaf.maximum))
        book.words(sheet, row, at + 2, filled.reason, open_=open_, limit=REASON_LENGTH)
        book.words(sheet, row, at + 3, filled.note, open_=open_, limit=NOTE_LENGTH)
    book.text(sheet, row, at + 4, how(leaf.rule))


def _unseen(book: Book, sheet: Worksheet, row: int, key: str, version: int, filled: Filled) -> None:
    for column, text in enumerate((key, str(version), filled.mark)):
        book.text(sheet, row, column, text)


def inputs(
    book: Book, sheet: Worksheet, row: int, column: int, rule: Rule, filled: Filled, width: int, *, open_: bool
) -> int:
    """Write the inputs of a leaf, each with its label, and grey cells up to ``width``; return the column after them."""
    slots = slots_of(rule)
    for number, slot in enumerate(slots):
        book.text(sheet, row, column + 2 * number, slot.label)
        book.slot(sheet, row, column + 2 * number + 1, slot, filled, open_=open_)
    book.still(sheet, row, range(column + 2 * len(slots), column + 2 * width))
    return column + 2 * width


def closed_words(line: Line) -> Message:
    """Say why the unit enters nothing here."""
    return why_closed(line.exempt, line.leaf.method, line.leaf.kind)


def why_closed(exempt: str | None, method: Method, kind: CriterionKind) -> Message:
    """Say why the unit enters nothing for a leaf: in the words of the refusal that a save would meet."""
    if exempt:
        return M("This criterion does not apply to the unit.")
    if kind is CriterionKind.PENALTY:
        return M("Penalties are entered by the helper team.")
    assert method is Method.SURVEY  # noqa: S101 - every other leaf is the unit's
    return M("Survey points come from the survey.")


def how(rule: Rule) -> str:
    """Tell how a leaf is scored: options and parts with their points, bands and steps, method and evidence."""
    return "\n".join(_how(rule))


def _how(rule: Rule) -> Iterator[str]:
    for spec in rule.inputs:
        for choice in spec.choices:
            yield render(M("{label} → {points} points", label=choice.label, points=Decimal(plain(choice.points))))
        if spec.kind is InputKind.FLAG:
            yield render(spec.label)
    yield from (render(sentence) for sentence in sentences(rule))
    if rule.guidance:
        yield rule.guidance
    if rule.evidence:
        yield render(M("Evidence: {what}", what=rule.evidence))


def _comma(value: Decimal) -> str:
    return plain(value).replace(".", ",")

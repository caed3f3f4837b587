"""The workbook as paper: protected sheets on A4 landscape, input cells in yellow, drop-downs, and what travels unseen.

Protection has no password: it guards against slips of the hand, not against people; what a file may change is judged when it
comes back.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from i18n import render
from rules.message import M, Message
from rules.points import InputKind
from services.tabular.writing import could_run, printable, sheet_name
from services.workbook.layout import COLUMNS_MARK, LISTS_SHEET, MARKS_SHEET, Filled, Marks, Slot, holds, yes_no

#: Rows of a data sheet (from 0): title, hint, hidden names of the columns, headings.
TITLE, HINT, NAMES, HEADINGS = range(4)
FIRST_ROW = HEADINGS + 1
#: What Excel takes for the title and the text of a message at a cell.
_TITLE_LENGTH, _TEXT_LENGTH = 32, 255
#: Points of height: of one line, and the most that a row may have.
_LINE, _HIGHEST = 15, 405
_INPUT, _STILL, _SECTION = "#FFF8D6", "#F2F2F2", "#DCE6F1"


@dataclass(frozen=True, slots=True)
class Head:
    """One column: its hidden name (empty for what is only read), its heading, its width in characters; 0 hides it."""

    name: str
    title: str
    width: float


class Paper:
    """One workbook while it is written; every cell by its kind, so no text is ever taken for a formula or a link."""

    def __init__(self, marks: Marks) -> None:
        self.file = io.BytesIO()
        self.book = xlsxwriter.Workbook(self.file, {"in_memory": True})
        self.marks = marks
        self._formats: dict[tuple[tuple[str, Any], ...], Format] = {}
        self._lists: dict[tuple[str, ...], str] = {}
        self._options: list[tuple[str, ...]] = []
        self._checks: dict[int, dict[str, tuple[dict[str, Any], list[tuple[int, int]]]]] = {}
        self._sheets: list[Worksheet] = []
        self._widths: dict[Worksheet, list[float]] = {}
        self._lines: dict[tuple[Worksheet, int], int] = {}

    def sheet(self, title: str, first: str, hint: str, heads: Sequence[Head], *, fixed: int, hidden: int) -> Worksheet:
        """Begin a data sheet: its first lines, headings and page; ``fixed`` columns stay in sight, ``hidden`` lead unseen."""
        sheet = self.book.add_worksheet(sheet_name(title))
        self._sheets.append(sheet)
        self._widths[sheet] = [head.width for head in heads]
        self._page(sheet)
        sheet.repeat_rows(HEADINGS)
        for column, head in enumerate(heads):
            shown = None if head.width else {"hidden": True}
            sheet.set_column(column, column, head.width or 4, None, shown)
            sheet.write_string(NAMES, column, head.name)
            sheet.write_string(HEADINGS, column, head.title, self.format(bold=True, bottom=1, bg_color=_SECTION))
        sheet.write_string(NAMES, 0, COLUMNS_MARK)
        sheet.set_row(NAMES, None, None, {"hidden": True})
        sheet.set_row(HINT, 48)
        last = len(heads) - 1
        sheet.merge_range(TITLE, hidden, TITLE, last, "", self.format(bold=True, font_size=13))
        sheet.write_string(TITLE, hidden, printable(first), self.format(bold=True, font_size=13))
        sheet.merge_range(HINT, hidden, HINT, last, "", self.format(italic=True))
        sheet.write_string(HINT, hidden, printable(hint), self.format(italic=True))
        sheet.freeze_panes(FIRST_ROW, fixed)
        return sheet

    def _page(self, sheet: Worksheet) -> None:
        sheet.protect("", {"format_columns": True, "format_rows": True})
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.set_margins(left=0.4, right=0.4, top=0.5, bottom=0.6)
        sheet.fit_to_pages(1, 0)
        sheet.set_footer("&C&P/&N")
        sheet.hide_gridlines(2)

    def format(self, **how: Any) -> Format:
        """Return a format; each is made once."""
        key = tuple(sorted(how.items()))
        if key not in self._formats:
            self._formats[key] = self.book.add_format({"text_wrap": True, "valign": "top", **how})
        return self._formats[key]

    def _grow(self, sheet: Worksheet, row: int, column: int, text: str) -> None:
        """Note how many lines a text needs: not every program finds the height of a row by itself."""
        width = self._widths[sheet][column]
        if width and (row > HEADINGS or sheet not in self._sheets):
            lines = sum(max(1, math.ceil(len(line) * 1.15 / width)) for line in text.split("\n"))
            self._lines[sheet, row] = max(lines, self._lines.get((sheet, row), 1))

    # Cells that are only read

    def text(self, sheet: Worksheet, row: int, column: int, value: str | Message, **how: Any) -> None:
        """Write a locked text."""
        shown = printable(render(value))
        self._grow(sheet, row, column, shown)
        sheet.write_string(
            row, column, shown, self.format(**how, **({"quote_prefix": True} if could_run(shown) else {}))
        )

    def number(self, sheet: Worksheet, row: int, column: int, value: Decimal | None, places: int) -> None:
        """Write a locked number; nothing stays empty."""
        if value is not None:
            sheet.write_number(row, column, float(value), self.format(num_format=_shown(places), bg_color=_STILL))

    def section(self, sheet: Worksheet, row: int, columns: int, words: str, *, strong: bool) -> None:
        """Write the heading of a field, or of the criterion between field and leaves."""
        colour = {"bg_color": _SECTION} if strong else {}
        for column in range(columns):
            sheet.write_blank(row, column, None, self.format(bold=True, text_wrap=False, **colour))
        sheet.write_string(row, 3, printable(words), self.format(bold=True, text_wrap=False, **colour))

    def still(self, sheet: Worksheet, row: int, columns: Iterable[int]) -> None:
        """Mark cells in which nothing can be entered."""
        for column in columns:
            sheet.write_blank(row, column, None, self.format(bg_color=_STILL))

    # Input cells

    def slot(self, sheet: Worksheet, row: int, column: int, slot: Slot, filled: Filled, *, open_: bool) -> None:
        """Write one input of a rule with its present value and the check of its cell."""
        value = holds(slot, filled)
        if slot.kind is InputKind.OPTION:
            labels = {choice.value: choice.label for choice in slot.choices}
            self._words(sheet, row, column, labels.get(value or "", ""), open_=open_)
            self._check(sheet, row, column, self._listed(tuple(labels.values())), open_=open_)
        elif slot.kind in (InputKind.FLAG, InputKind.PARTS):
            self.answer(sheet, row, column, None if value is None else value == "1", open_=open_)
        else:
            self.figure(sheet, row, column, value or "", open_=open_, **_bounds(slot))

    def figure(
        self, sheet: Worksheet, row: int, column: int, value: str, *, open_: bool, limit: str = "", whole: bool = False,
        hint: Message | None = None,
    ) -> None:  # fmt: skip
        """Write a number that is typed: the present one, with the bounds that the spreadsheet checks."""
        # Without a format of its own, so that a number which the spreadsheet took for a date shows, and is refused, as one.
        how = self._input("General", open_=open_)
        if value:
            sheet.write_number(row, column, float(value.replace(",", ".")), how)
        else:
            sheet.write_blank(row, column, None, how)
        rule: dict[str, Any] = {"validate": "integer" if whole else "decimal", "ignore_blank": True}
        bounds = (
            {"criteria": "between", "minimum": 0, "maximum": float(limit)} if limit else {"criteria": ">=", "value": 0}
        )
        words = M("A number from 0 to {limit}.", limit=Decimal(limit)) if limit else M("A number, 0 or more.")
        self._check(sheet, row, column, {**rule, **bounds, **_spoken(words, hint)}, open_=open_)

    def answer(self, sheet: Worksheet, row: int, column: int, value: bool | None, *, open_: bool) -> None:  # noqa: FBT001
        """Write a cell that takes yes or no."""
        self._words(sheet, row, column, "" if value is None else render(yes_no(value)), open_=open_)
        words = [render(yes_no(one)) for one in (True, False)]
        self._check(sheet, row, column, {"validate": "list", "source": words, "ignore_blank": True}, open_=open_)

    def words(self, sheet: Worksheet, row: int, column: int, value: str, *, open_: bool, limit: int) -> None:
        """Write a cell for text of at most ``limit`` characters."""
        self._words(sheet, row, column, value, open_=open_)
        sentence = M("At most {limit} characters.", limit=limit)
        check = {"validate": "length", "criteria": "<=", "value": limit, "ignore_blank": True, **_spoken(sentence)}
        self._check(sheet, row, column, check, open_=open_)

    def _words(self, sheet: Worksheet, row: int, column: int, value: str, *, open_: bool) -> None:
        # As text, so that typing "=…", "1-2" or "100%" there is text too.
        shown = printable(value)
        self._grow(sheet, row, column, shown)
        more = {"quote_prefix": True} if could_run(shown) else {}
        sheet.write(row, column, None, self._input("@", open_=open_)) if not shown else sheet.write_string(
            row, column, shown, self._input("@", open_=open_, **more)
        )

    def _input(self, number: str, *, open_: bool, **more: Any) -> Format:
        colour = _INPUT if open_ else _STILL
        return self.format(
            num_format=number, locked=not open_, bg_color=colour, border=1, border_color="#BFBFBF", **more
        )

    def _listed(self, labels: tuple[str, ...]) -> dict[str, Any]:
        """Return the check of a drop-down: its options stand on a hidden sheet, since they may hold commas."""
        if labels not in self._lists:
            row = len(self._options) + 1
            last = xlsxwriter.utility.xl_rowcol_to_cell(row - 1, len(labels) - 1, row_abs=True, col_abs=True)
            self._lists[labels] = f"='{LISTS_SHEET}'!$A${row}:{last}"
            self._options.append(labels)
        return {"validate": "list", "source": self._lists[labels], "ignore_blank": True}

    def _check(self, sheet: Worksheet, row: int, column: int, rule: dict[str, Any], *, open_: bool) -> None:
        if open_:
            checks = self._checks.setdefault(self._sheets.index(sheet), {})
            checks.setdefault(repr(sorted(rule.items())), (rule, []))[1].append((row, column))

    # The end

    def guidance(self, rows: Iterable[tuple[str, str, str]], head: tuple[str, str, str]) -> None:
        """Add the sheet that tells how each item is scored."""
        sheet = self.book.add_worksheet(sheet_name(render(M("Guidance"))))
        self._page(sheet)
        self._widths[sheet] = [9, 48, 96]
        for column, width in enumerate(self._widths[sheet]):
            sheet.set_column(column, column, width)
        for column, words in enumerate(head):
            self.text(sheet, 0, column, words, bold=True, bottom=1, bg_color=_SECTION)
        for row, cells in enumerate(rows, start=1):
            for column, words in enumerate(cells):
                self.text(sheet, row, column, words)
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)

    def done(self) -> bytes:
        """Add checks and hidden sheets; return the file."""
        for number, checks in self._checks.items():
            for rule, cells in checks.values():
                (row, column), *others = cells
                more = {"other_cells": [[r, c, r, c] for r, c in others]} if others else {}
                self._sheets[number].data_validation(row, column, row, column, {**rule, **more})
        for (sheet, row), lines in self._lines.items():
            sheet.set_row(row, min(lines * _LINE, _HIGHEST))
        marks = self.book.add_worksheet(MARKS_SHEET)
        for row, (name, value) in enumerate(asdict(self.marks).items()):
            marks.write_string(row, 0, name)
            marks.write_string(row, 1, printable(value))
        lists = self.book.add_worksheet(LISTS_SHEET)
        for row, labels in enumerate(self._options):
            for column, label in enumerate(labels):
                lists.write_string(row, column, printable(label))
        for sheet in (marks, lists):
            sheet.protect()
            sheet.hide()
        self.book.close()
        return self.file.getvalue()


def _shown(places: int) -> str:
    return f"0.{'0' * places}" if places else "0"


def _bounds(slot: Slot) -> dict[str, Any]:
    if slot.kind is InputKind.COUNT:
        return {"whole": True}
    if slot.kind is InputKind.RATE:
        return {"limit": slot.limit, "hint": M("For 85 % type 85.")}
    return {}


def _spoken(words: Message, hint: Message | None = None) -> dict[str, Any]:
    """Return what the spreadsheet says when the cell is chosen and when its check fails."""
    told: dict[str, Any] = {
        "error_title": render(M("Not possible here"))[:_TITLE_LENGTH],
        "error_message": render(words),
    }
    if hint is not None:
        told["input_title"] = render(M("How to fill in"))[:_TITLE_LENGTH]
        told["input_message"] = f"{render(words)} {render(hint)}"[:_TEXT_LENGTH]
    return told

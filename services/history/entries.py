"""Entries of the audit trail as lines that people read: by the kind of row that changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from rules.criteria import Rule
from rules.message import M, Message
from rules.vocabulary import CriterionKind
from services.history import lines
from services.history.lines import Line
from services.history.papers import Titles

POINTS = M("Points")
PENALTY = M("Points taken off")
STATED = M("Other points than computed")
NOTE = M("Note")
REASON = M("Reason")
ASKED = M("An explanation was asked for")

Changes = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Words:
    """What the lines of one leaf are written with: its rule, decimals, and what documents and files are called."""

    rule: Rule
    kind: CriterionKind
    places: int
    papers: Titles
    files: Mapping[int, str]

    def of(self, what: str, operation: str, changes: Changes, at: datetime) -> list[Line]:
        """Return the lines of one entry: table, operation, column -> before and after, moment."""
        if what == "EvidenceLink":
            return list(self._link(operation, changes, at))
        writers: dict[str, Callable[[str, Changes], Iterator[Line]]] = {
            "Score": self._score,
            "Exemption": self._exemption,
            "Question": self._question,
            "Explanation": self._explanation,
            "Remark": self._remark,
            "ReferenceFigure": self._reference,
        }
        return list(writers.get(what, self._other)(operation, changes))

    def _score(self, operation: str, changes: Changes) -> Iterator[Line]:
        if operation != "update" or "points" in changes or "not_applicable" in changes:
            yield self._points(operation, changes)
        before, after = changes.get("inputs", ({}, {}))
        yield from lines.input_lines(self.rule, before or {}, after or {})
        left, right = changes.get("stated_points", (None, None))
        if left != right:
            yield lines.points_line(STATED, _stated(left), _stated(right), self.places)
        for name, label in (("note", NOTE), ("reason", REASON)):
            left, right = changes.get(name, ("", ""))
            yield from lines.text_lines(label, left or "", right or "")

    def _points(self, operation: str, changes: Changes) -> Line:
        points = changes.get("points", (None, None))
        out = changes.get("not_applicable", (False, False))
        before, after = (lines.said(one, not_applicable=bool(absent)) for one, absent in zip(points, out, strict=True))
        if operation == "create":
            before = lines.NOT_SCORED
        elif operation == "delete":
            after = lines.NOT_SCORED
        label = PENALTY if self.kind is CriterionKind.PENALTY else POINTS
        return lines.points_line(label, before, after, self.places)

    def _link(self, operation: str, changes: Changes, at: datetime) -> Iterator[Line]:
        before, after = changes.get("evidence_id", (None, None))
        page = changes.get("page", ("", ""))
        file = changes.get("file_id", (None, None))
        if operation == "update":
            yield from lines.value_lines(M("Page, section of the evidence"), page[0] or "", page[1] or "")
            yield from lines.value_lines(M("File (version)"), self._file(file[0]), self._file(file[1]))
            return
        came = operation == "create"
        id_, where, version = (pair[1 if came else 0] for pair in ((before, after), page, file))
        name = self.papers.at(id_, at) or M("a document that was removed")
        said: Message | str = M("{name}, page {page}", name=name, page=where) if where else name
        if version is not None and self._file(version):
            said = M("{name}; file {file}", name=said, file=self._file(version))
        yield Line(M("Evidence added"), after=said) if came else Line(M("Evidence removed"), before=said)

    def _file(self, id_: int | None) -> str:
        return "" if id_ is None else self.files.get(id_, "")

    def _exemption(self, operation: str, changes: Changes) -> Iterator[Line]:
        reason = changes.get("reason", ("", ""))
        if operation == "delete":
            yield Line(M("Applies again"))
        else:
            yield Line(M("Set not applicable"), after=str(reason[1] or ""))

    def _question(self, operation: str, changes: Changes) -> Iterator[Line]:
        if "sent_at" in changes and changes["sent_at"][1]:
            yield Line(ASKED)
        elif operation == "create":
            yield Line(M("A question was written, not sent yet"))
        elif operation == "delete":
            yield Line(M("The question was withdrawn"))
        elif "settled_at" in changes:
            yield Line(M("The question is settled"))
        else:
            yield Line(M("The question was changed"))

    def _explanation(self, operation: str, changes: Changes) -> Iterator[Line]:
        if "signed_at" in changes and changes["signed_at"][1]:
            yield Line(M("The answer was signed"))
        elif operation == "create":
            yield Line(M("The unit answered"))
        elif operation == "delete":
            yield Line(M("The answer was taken back"))
        else:
            yield Line(M("The answer was changed"))

    def _remark(self, operation: str, changes: Changes) -> Iterator[Line]:
        yield Line(M("A remark was written"))

    def _reference(self, operation: str, changes: Changes) -> Iterator[Line]:
        yield Line(M("Reference figure"))
        before, after = changes.get("inputs", ({}, {}))
        yield from lines.input_lines(self.rule, before or {}, after or {})
        left, right = changes.get("source", ("", ""))
        yield from lines.value_lines(M("Source"), left or "", right or "")

    def _other(self, operation: str, changes: Changes) -> Iterator[Line]:
        yield Line({"create": M("Made"), "delete": M("Deleted")}.get(operation, M("Changed")))


def _stated(value: str | None) -> lines.Value:
    return lines.EMPTY if value is None else lines.said(value, not_applicable=False)

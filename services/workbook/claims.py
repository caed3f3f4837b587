"""A unit's filled form: what it would change, and the writing of exactly that, all or nothing (Điều 7.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import BinaryIO

from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import Refused
from rules.message import M
from rules.verbs import Verb
from rules.vocabulary import Layer
from services import assessment, score
from services.assessment import words_alone
from services.form import Line, Reading
from services.score import Entry
from services.tabular.sources import Unreadable
from services.workbook import preview, reading
from services.workbook.form import closed_words
from services.workbook.layout import Filled, Kind
from services.workbook.preview import Given, Outcome, Preview, Target, read_outcome


class Unchosen(Exception):
    """A conflict without a decision: nothing was written."""

    def __init__(self, keys: Sequence[str]) -> None:
        super().__init__(", ".join(keys))
        self.keys = keys


def look(form: Reading, file: BinaryIO) -> Preview:
    """Read a file for a form and tell what it would change; raises ``Unreadable`` and ``Refused``, writes nothing."""
    if not form.may[Verb.SCORE]:
        raise Refused(form.may[Verb.SCORE])
    content = reading.read(file, Kind.FORM)
    marks, row = content.marks, form.form
    if (marks.subject, marks.set_id) != (str(row.id), str(row.criteria_set_id)):
        raise Unreadable(
            M(
                "This file is the form of {unit}, {round}; here it is {here}, {this_round}: upload the file of this form.",
                unit=marks.unit,
                round=marks.round,
                here=row.unit.name,
                this_round=row.round.name,
            )
        )
    return preview.of_file(content, targets(form))


def look_again(form: Reading, given: Sequence[Given]) -> Preview:
    """Compare an earlier preview with the form as it stands now."""
    return preview.of_given(given, targets(form))


def targets(form: Reading) -> dict[str, Target]:
    """Return every leaf of the form as something a row may fill in."""
    criteria = {
        one.id: one
        for one in db.session.scalars(
            select(m.Criterion).where(m.Criterion.set_id == form.form.criteria_set_id, m.Criterion.is_leaf)
        )
    }
    found = (_target(line, criteria[line.leaf.id], form) for line in form.lines)
    return {target.key: target for target in found}


def _target(line: Line, criterion: m.Criterion, form: Reading) -> Target:
    round_ = form.form.round
    shut = closed_words(line) if not line.editable else None
    if shut is None and not form.writes(line.leaf.field_code):
        shut = M("Your access is restricted to other fields")

    def weigh(entry: Entry) -> Outcome:
        if entry.empty:
            return Outcome(faults=words_alone(entry))
        return read_outcome(lambda: score.read(criterion, entry, Layer.SELF, round_))

    own = line.own
    return Target(
        f"i{line.leaf.id}",
        line.leaf.code,
        line.leaf.name,
        line.leaf.rule,
        Filled.of(own),
        own.version if own else 0,
        own.points if own else None,
        own.not_applicable if own else False,
        weigh,
        shut,
        author=own.author if own else "",
        at=own.at if own else None,
    )


def apply(form: m.Assessment, given: Sequence[Given], take: Mapping[str, bool]) -> int:
    """Write what a preview showed, all or nothing; return how many leaves.

    ``take`` decides each conflict by key: True takes the file's value, False keeps the system's. Raises ``Unchosen``, and what
    ``services.assessment.save`` raises where anything changed since the preview.
    """
    chosen = decided(given, take)
    codes = {
        f"i{id_}": code
        for id_, code in db.session.execute(
            select(m.Criterion.id, m.Criterion.code).where(m.Criterion.set_id == form.criteria_set_id)
        )
    }
    assessment.save(form, {codes[one.key]: one.entry for one in chosen})
    return len(chosen)


def decided(given: Collection[Given], take: Mapping[str, bool]) -> list[Given]:
    """Return what is to be written; raises ``Unchosen`` where a conflict was not decided."""
    conflicts = [one.key for one in given if one.version != one.seen]
    unchosen = [key for key in conflicts if key not in take]
    if unchosen:
        raise Unchosen(unchosen)
    return [one for one in given if one.version == one.seen or take[one.key]]

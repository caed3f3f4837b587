"""The check before signing off: what blocks, what warns, what informs. Only what blocks stops the signature."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import Enum

from rules.message import M, Message
from rules.rounding import shown_points
from rules.vocabulary import CriterionKind, Layer
from services.form import Line, Reading, Said


class Grade(Enum):
    """How heavy a finding is."""

    BLOCKS = "blocks"
    WARNS = "warns"
    INFORMS = "informs"

    @property
    def title(self) -> Message:
        return _TITLES[self]


_TITLES = {
    Grade.BLOCKS: M("Must be mended before signing off"),
    Grade.WARNS: M("Look at these again"),
    Grade.INFORMS: M("Good to know"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about one leaf; ``code`` leads to it."""

    grade: Grade
    code: str
    name: str
    message: Message


def check(reading: Reading) -> list[Finding]:
    """Find everything about a form that its leader should know, in the order of the form."""
    return [
        Finding(grade, line.leaf.code, line.leaf.name, message)
        for line in reading.lines
        for grade, message in _line(line)
    ]


def blocking(reading: Reading) -> list[Finding]:
    """Return what stops the signature."""
    return [found for found in check(reading) if found.grade is Grade.BLOCKS]


def _line(line: Line) -> Iterator[tuple[Grade, Message]]:
    if line.exempt:
        yield Grade.INFORMS, M("Does not apply to your unit: {reason}.", reason=line.exempt)
        return
    if line.open:
        yield Grade.BLOCKS, M("Not scored yet: enter the figures, or 0.")
    superior = line.said.get(Layer.SUPERIOR)
    if superior is not None:
        yield Grade.INFORMS, M("Your superior entered its own value: {reason}", reason=superior.reason)
    if line.own is not None:
        yield from _proof(line, line.own)
        yield from _points(line, line.own)
        yield from _against_reference(line, line.own)
        yield from _against_last(line, line.own)


def _proof(line: Line, own: Said) -> Iterator[tuple[Grade, Message]]:
    if not line.unproved:
        return
    if own.note:
        yield Grade.WARNS, M("No evidence is named; the note has to explain the points.")
    else:
        yield Grade.BLOCKS, M("Points without evidence: name a document, or explain in the note why there is none.")


def _points(line: Line, own: Said) -> Iterator[tuple[Grade, Message]]:
    if own.not_applicable:
        yield Grade.WARNS, M("Proposed as not applicable: it counts 0 of its maximum until the helper team confirms.")
    elif own.stated is not None and own.stated != own.computed:
        yield Grade.WARNS, _other_points(own, own.stated)
    elif own.points == 0 and line.leaf.kind is not CriterionKind.BONUS:
        yield Grade.WARNS, M("0 points are claimed.")


def _other_points(own: Said, stated: Decimal) -> Message:
    if own.computed is None:
        return M(
            "{points} points are claimed without figures: {reason}", points=shown_points(stated), reason=own.reason
        )
    return M(
        "{points} points are claimed where the figures give {computed}: {reason}",
        points=shown_points(stated),
        computed=shown_points(own.computed),
        reason=own.reason,
    )


def _against_reference(line: Line, own: Said) -> Iterator[tuple[Grade, Message]]:
    """Tell where the claim is other than a lead department's figures give."""
    figure = line.reference
    if figure is None or not figure.differs(own):
        return
    if own.points is None or figure.points is None:
        message = M(
            "Differs from the central figures of {source} ({date}): {arithmetic}",
            source=figure.source,
            date=figure.as_of,
            arithmetic=figure.arithmetic,
        )
    else:
        message = M(
            "Differs from the central figures: {points} points are claimed, those of {source} ({date}) give {central}.",
            points=shown_points(own.points),
            central=shown_points(figure.points),
            source=figure.source,
            date=figure.as_of,
        )
    yield Grade.WARNS, message


def _against_last(line: Line, own: Said) -> Iterator[tuple[Grade, Message]]:
    """Tell where the claim stands above what counted in the last round."""
    then = None if line.last is None else line.last.points
    if then is not None and own.points is not None and own.points > then:
        yield (
            Grade.INFORMS,
            M(
                "Above the last round: {points} points now, {last} then.",
                points=shown_points(own.points),
                last=shown_points(then),
            ),
        )

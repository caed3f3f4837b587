"""The scoring form (phiếu tự đánh giá, chấm điểm), blank or filled with what the reader sees of the unit's own claim."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal

from i18n import percent, points, render, to_local
from rules.message import M
from rules.points import InputKind, InputSpec
from rules.rounding import plain
from rules.vocabulary import CriterionKind, Layer, Method, Stage
from services import claim
from services.form import Heading, Leaf, Line, Part, Reading, Said
from services.paper.agency import Issuer, issuer, numbered, place_date, place_of
from services.paper.evidence import Place, documents, listed
from services.paper.model import GAP, Align, Column, Head, Kind, Look, Paper, Row, Signature, Table, Text

_EMPTY_BOX = "□"


def form_paper(reading: Reading, place: str, now: datetime, *, blank: bool = False) -> Paper:
    """Fill the form of a unit. A blank one holds the criteria and what may be entered, and no value of anybody."""
    form, round_ = reading.form, reading.form.round
    by = issuer(form.unit_id)
    papers = {} if blank else documents(form, Stage.SELF_SCORING)
    writer = _Writer(round_.shown_places, papers, blank=blank)
    signed = None if blank or form.signed_at is None else to_local(form.signed_at).date()
    index = render(M("Public administration reform index, {round}", round=round_.name)).upper()
    title = render(M("Blank self-assessment form") if blank else M("Self-assessment form"))
    foot = M("{unit}, {round}; blank form.", unit=by.unit, round=round_.name)
    if not blank:
        foot = M(
            "{unit}, {round}; state of the form: {state}; printed at {at}.",
            unit=by.unit,
            round=round_.name,
            state=reading.state.title,
            at=now,
        )
    return Paper(
        name=f"phieu-tu-danh-gia-{round_.code}" + ("-mau" if blank else ""),
        title=f"{title} – {by.unit} – {round_.name}",
        titles=(render(M("Self-assessment and scoring form")).upper(), index),
        under=f"({form.criteria_set.name})",
        mark="" if blank or not round_.illustrative else render(M("Illustrative data")).upper(),
        head=Head(by.superior, by.agency, numbered(), place_date(place_of(by.unit, place), signed)),
        blocks=(
            Table(
                (
                    Column(render(M("Code")), 13),
                    Column(render(M("Criterion")), 60),
                    Column(render(M("Maximum")), 15, Align.RIGHT),
                    Column(render(M("Figures, option")), 55),
                    Column(render(M("Self-assessed points")), 16, Align.RIGHT),
                    Column(render(M("Evidence")), 52),
                    Column(render(M("Notes, explanation")), 41),
                ),
                [row for part in reading.parts for row in writer.part(part)],
            ),
        ),
        closing=(
            Text(render(M("Summary by field")), Kind.HEADING),
            _summary(reading, writer),
            Text(render(M("The survey and penalties are not self-assessed and stand in no sum here.")), Kind.NOTE),
        ),
        recipients=recipients(by),
        signatures=(_signature(reading, blank=blank),),
        foot=render(foot),
        landscape=True,
    )


def recipients(by: Issuer) -> tuple[str, ...]:
    """Name who gets a unit's paper: the one above it, and its own files."""
    first = [f"- {by.superior};"] if by.superior else []
    return (*first, render(M("- Kept: office files.")))


def _signature(reading: Reading, *, blank: bool) -> Signature:
    form = reading.form
    title, hint = render(M("Head of the unit")), render(M("(signature, seal)"))
    if blank or form.signed_at is None:
        return Signature(title, hint)
    notes = (
        render(M("Signed off in the system at {at}", at=form.signed_at)),
        render(M("Receipt {number}", number=form.receipt)),
    )
    return Signature(title, hint, render(claim.name_of(form.signed_by_id, form.signed_for)), notes)


def _summary(reading: Reading, writer: _Writer) -> Table:
    columns = (
        Column(render(M("Code")), 15),
        Column(render(M("Field")), 110),
        Column(render(M("Items scored")), 30, Align.RIGHT),
        Column(render(M("Applicable maximum")), 35, Align.RIGHT),
        Column(render(M("Self-assessed points")), 35, Align.RIGHT),
    )
    own, shown = reading.own, writer.points
    rows = []
    for part in reading.parts:
        if part.kind is CriterionKind.ADJUSTMENT:
            rows.append(Row((part.code, part.name, "", "", writer.bonus(part)), Look.PLAIN))
        else:
            rows.append(
                Row((part.code, part.name, writer.items(part), writer.maximum(part), writer.achieved(part)), Look.PLAIN)
            )
    blank = writer.blank
    rows += [
        Row(
            (
                render(M("Sum inside the 100")),
                "" if blank else f"{own.scored}/{own.leaves}",
                "" if blank else shown(own.maximum),
                "" if blank else shown(own.achieved),
            ),
            Look.TOTAL,
            span=2,
        ),
        Row(
            (render(M("Index (%)")), "", "", "" if blank else percent(reading.index, writer.places)),
            Look.TOTAL,
            span=2,
        ),
    ]
    return Table(columns, rows)


class _Writer:
    """Writes the rows of one form."""

    def __init__(self, places: int, papers: dict[Place, list[str]], *, blank: bool) -> None:
        self.places, self.papers, self.blank = places, papers, blank

    def points(self, value: Decimal | None) -> str:
        return points(value, self.places)

    def items(self, part: Part) -> str:
        """Say how many items the unit has scored of those it scores."""
        own = part.own
        return "" if self.blank or not own.leaves else f"{own.scored}/{own.leaves}"

    def maximum(self, part: Part) -> str:
        return "" if self.blank or not part.own.leaves else self.points(part.own.maximum)

    def achieved(self, part: Part) -> str:
        return "" if self.blank or not part.own.leaves else self.points(part.own.achieved)

    def bonus(self, part: Part) -> str:
        return "" if self.blank or not part.own.bonus else "+" + self.points(part.own.bonus)

    def part(self, part: Part) -> Iterator[Row]:
        """Write a field: its heading with its sums, then its criteria."""
        adjustment = part.kind is CriterionKind.ADJUSTMENT
        yield Row(
            (
                f"{part.code}. {part.name}",
                "" if part.maximum is None else self.points(part.maximum),
                "",
                self.bonus(part) if adjustment else self.achieved(part),
                "",
                "",
            ),
            Look.FIELD,
            span=2,
        )
        for row in part.rows:
            if isinstance(row, Heading):
                yield Row((row.code, row.name, self.points(row.maximum), "", "", "", ""), Look.GROUP)
            else:
                yield self._line(row)

    def _line(self, line: Line) -> Row:
        leaf, own = line.leaf, None if self.blank else line.own
        entered = self._blank_inputs(leaf) if self.blank else self._inputs(leaf, own)
        if not leaf.self_scored:
            survey = leaf.method is Method.SURVEY
            entered = render(
                M("From the survey, not self-scored") if survey else M("Penalties are entered by the helper team")
            )
        if line.exempt and not self.blank:
            entered = render(M("Does not apply: {reason}", reason=line.exempt))
        return Row(
            (
                leaf.code,
                leaf.name,
                self.points(leaf.maximum),
                entered,
                "" if self.blank or not line.editable else self._counted(own),
                listed(self.papers.get((leaf.id, 1), [])),
                "" if self.blank else "\n".join(self._notes(line)),
            )
        )

    def _counted(self, own: Said | None) -> str:
        if own is None:
            return "–"
        return render(M("N/A")) if own.not_applicable else self.points(own.points)

    def _inputs(self, leaf: Leaf, own: Said | None) -> str:
        if own is None or not own.inputs:
            return ""
        lines = [text for spec in leaf.rule.inputs if (text := _entered(spec, own.inputs.get(spec.name)))]
        arithmetic = own.arithmetic(leaf.rule)
        return "\n".join([*lines, *([render(arithmetic)] if arithmetic else [])])

    def _blank_inputs(self, leaf: Leaf) -> str:
        return "\n".join(line for spec in leaf.rule.inputs for line in _to_enter(spec, leaf.maximum))

    def _notes(self, line: Line) -> Iterator[str]:
        own, superior = line.own, line.said.get(Layer.SUPERIOR)
        if own is not None:
            if own.stated is not None:
                yield render(
                    M(
                        "Other points than computed: {points}. {reason}",
                        points=self.points(own.stated),
                        reason=own.reason,
                    )
                )
            if own.note:
                yield own.note
        if superior is not None:
            yield render(
                M(
                    "Entered by the superior: {points}. {reason}",
                    points=self._counted(superior),
                    reason=" ".join(text for text in (superior.reason, superior.note) if text),
                )
            )


def _entered(spec: InputSpec, value: object) -> str:
    """Write one input as it was entered, numbers with a comma."""
    if value is None:
        return ""
    if spec.kind is InputKind.FLAG:
        return render(spec.label) + ": " + render(M("Met") if value == "1" else M("Not met"))
    if spec.kind in (InputKind.OPTION, InputKind.PARTS):
        chosen = value if isinstance(value, list) else [value]
        labels = [render(choice.label) for choice in spec.choices if choice.value in chosen]
        return "; ".join(labels) if labels else render(M("None of the parts is met"))
    return f"{render(spec.label)}: {str(value).replace('.', ',')}"


def _to_enter(spec: InputSpec, maximum: Decimal) -> Iterator[str]:
    """Offer one input on a blank form: boxes to tick, gaps to fill."""
    if spec.kind is InputKind.FLAG:
        yield render(spec.label)
        met, unmet = render(M("Met")), render(M("Not met"))
        yield f"{_EMPTY_BOX} {met} ({_short(maximum)})   {_EMPTY_BOX} {unmet} (0)"
    elif spec.choices:
        for choice in spec.choices:
            yield f"{_EMPTY_BOX} {render(choice.label)} ({_short(choice.points)})"
    else:
        yield f"{render(spec.label)}: {GAP}"


def _short(value: Decimal) -> str:
    return plain(value).replace(".", ",")

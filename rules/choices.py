"""Methods whose points are written in the rule: one option, all or nothing, a checklist."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar, Self

from rules.message import M
from rules.points import Choice, InputKind, InputSpec, Outcome, Rule
from rules.reader import RuleReader
from rules.rounding import plain, shown_points
from rules.vocabulary import Method

ZERO = Decimal(0)


def _as_json(choices: tuple[Choice, ...]) -> list[dict[str, str]]:
    return [{"label": choice.label, "points": plain(choice.points)} for choice in choices]


@dataclass(frozen=True, kw_only=True)
class ChoiceRule(Rule):
    """One of the options, each with its points; at least one gives the maximum."""

    method: ClassVar[Method] = Method.CHOICE

    maximum: Decimal
    options: tuple[Choice, ...]

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        maximum = reader.maximum()
        options = reader.choices("options", maximum)
        if reader.clean("options") and len(options) < 2:
            reader.fault("options", M("Enter at least two options."))
        if reader.clean("options") and max(option.points for option in options) != maximum:
            reader.fault("options", M("One option must give the maximum of {maximum} points.", maximum=maximum))
        return cls(maximum=maximum, options=options, **common)

    def settings(self) -> dict[str, object]:
        return {"options": _as_json(self.options)}

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        return (InputSpec("option", InputKind.OPTION, M("Option"), self.options),)

    def points(self, inputs: Mapping[str, object]) -> Outcome:
        option = self.options[int(str(inputs["option"]))]
        words = M("{label} → {points} points", label=option.label, points=shown_points(option.points))
        return Outcome.counted(option.points, words)


@dataclass(frozen=True, kw_only=True)
class AllOrNothing(Rule):
    """The maximum where a condition is met, otherwise nothing."""

    method: ClassVar[Method] = Method.ALL_OR_NOTHING

    maximum: Decimal
    condition: str

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        return cls(maximum=reader.maximum(), condition=reader.text("condition"), **common)

    def settings(self) -> dict[str, object]:
        return {"condition": self.condition}

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        return (InputSpec("met", InputKind.FLAG, self.condition),)

    def points(self, inputs: Mapping[str, object]) -> Outcome:
        if inputs["met"] == "1":
            return Outcome.counted(self.maximum, M("Met → {points} points", points=shown_points(self.maximum)))
        return Outcome.counted(ZERO, M("Not met → {points} points", points=shown_points(ZERO)))


@dataclass(frozen=True, kw_only=True)
class Checklist(Rule):
    """Parts that add up to the maximum; the points of those that are met."""

    method: ClassVar[Method] = Method.CHECKLIST

    maximum: Decimal
    items: tuple[Choice, ...]

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        maximum = reader.maximum()
        items = reader.choices("items", maximum)
        total = sum((item.points for item in items), ZERO)
        if reader.clean("items") and total != maximum:
            reader.fault(
                "items",
                M(
                    "The parts add up to {sum}, not to the maximum of {maximum}: correct them.",
                    sum=total,
                    maximum=maximum,
                ),
            )
        return cls(maximum=maximum, items=items, **common)

    def settings(self) -> dict[str, object]:
        return {"items": _as_json(self.items)}

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        return (InputSpec("parts", InputKind.PARTS, M("Parts that are met"), self.items),)

    def points(self, inputs: Mapping[str, object]) -> Outcome:
        parts = inputs["parts"]
        met = [item for item in self.items if isinstance(parts, list) and item.value in parts]
        points = sum((item.points for item in met), ZERO)
        words = M(
            "{met} of {parts} parts met → {points} points",
            met=len(met),
            parts=len(self.items),
            points=shown_points(points),
        )
        return Outcome.counted(points, words)

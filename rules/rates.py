"""Methods that start from a rate in percent: proportional, survey, and the figures they share with bands."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, ClassVar, Self

from rules.message import M, Message
from rules.points import HUNDRED, InputKind, InputSpec, Outcome, Rule
from rules.reader import RuleReader
from rules.rounding import POINT_PLACES, half_up, plain, shown_points, shown_rate
from rules.vocabulary import Method

ZERO = Decimal(0)


class ZeroDenominator(StrEnum):
    """What holds when there is nothing to divide by; all three answers occur."""

    NOT_APPLICABLE = "not_applicable"
    FULL = "full"
    ZERO = "zero"

    @property
    def title(self) -> Message:
        return _ZERO_TITLES[self]


_ZERO_TITLES = {
    ZeroDenominator.NOT_APPLICABLE: M("Not applicable"),
    ZeroDenominator.FULL: M("Maximum points"),
    ZeroDenominator.ZERO: M("No points"),
}


@dataclass(frozen=True, kw_only=True)
class RateRule(Rule):
    """A rate from two figures, ``numerator`` of ``denominator``, or typed as such (``rate_only``).

    The unrounded quotient counts. More than 100 % is refused unless the rule says ``may_exceed``.
    """

    maximum: Decimal
    numerator: str = ""
    denominator: str = ""
    may_exceed: bool = False
    when_denominator_zero: ZeroDenominator | None = None
    rate_only: bool = False

    @property
    def rate_label(self) -> str | Message:
        """The name of a typed rate."""
        return M("Rate (%)")

    @property
    def inputs(self) -> tuple[InputSpec, ...]:
        if self.rate_only:
            limit = None if self.may_exceed else HUNDRED
            return (InputSpec("rate", InputKind.RATE, self.rate_label, limit=limit),)
        return (
            InputSpec("numerator", InputKind.NUMBER, self.numerator or M("Achieved (numerator)")),
            InputSpec("denominator", InputKind.NUMBER, self.denominator or M("In all (denominator)")),
        )

    def contradictions(self, inputs: Mapping[str, object]) -> dict[str, Message]:
        if self.rate_only or self.may_exceed:
            return {}
        numerator, denominator = Decimal(str(inputs["numerator"])), Decimal(str(inputs["denominator"]))
        if numerator <= denominator:
            return {}
        words = M(
            "{numerator} is more than {denominator}: the part cannot exceed the whole, correct one of them.",
            numerator=numerator,
            denominator=denominator,
        )
        return {"numerator": words}

    def points(self, inputs: Mapping[str, object]) -> Outcome:
        if self.rate_only:
            rate = Decimal(str(inputs["rate"]))
            return self.outcome(Fraction(rate), M("{rate} %", rate=shown_rate(Fraction(rate), *self.bounds)))
        numerator, denominator = Decimal(str(inputs["numerator"])), Decimal(str(inputs["denominator"]))
        if not denominator:
            return self._without_denominator()
        quotient = 100 * Fraction(numerator) / Fraction(denominator)
        figures = M(
            "{numerator}/{denominator} = {rate} %",
            numerator=numerator,
            denominator=denominator,
            rate=shown_rate(quotient, *self.bounds),
        )
        return self.outcome(quotient, figures)

    @property
    @abstractmethod
    def bounds(self) -> tuple[Decimal, ...]:
        """The percentages a shown rate must stay on the right side of."""

    @abstractmethod
    def outcome(self, rate: Fraction, figures: Message) -> Outcome:
        """Count the points of an exact rate in percent; ``figures`` tell where it comes from."""

    def _without_denominator(self) -> Outcome:
        match self.when_denominator_zero:
            case ZeroDenominator.FULL:
                words = M("The denominator is 0: maximum → {points} points", points=shown_points(self.maximum))
                return Outcome.counted(self.maximum, words)
            case ZeroDenominator.ZERO:
                return Outcome.counted(ZERO, M("The denominator is 0 → {points} points", points=shown_points(ZERO)))
            case _:
                return Outcome.outside(M("The denominator is 0: not applicable"))

    @staticmethod
    def parse_zero(reader: RuleReader, *, required: bool) -> ZeroDenominator | None:
        """Take the answer to a denominator of 0."""
        answer = reader.member("when_denominator_zero", ZeroDenominator)
        if answer is None and required:
            words = M("State what holds when the denominator is 0: {words}.", words=", ".join(ZeroDenominator))
            reader.fault("when_denominator_zero", words)
        return answer

    def rate_settings(self) -> dict[str, object]:
        """Give the keys that are only written where they say something."""
        settings: dict[str, object] = {}
        if self.numerator:
            settings["numerator"] = self.numerator
        if self.denominator:
            settings["denominator"] = self.denominator
        if self.when_denominator_zero:
            settings["when_denominator_zero"] = self.when_denominator_zero.value
        if self.may_exceed:
            settings["may_exceed"] = True
        return settings


@dataclass(frozen=True, kw_only=True)
class Proportional(RateRule):
    """The rate as a share of the maximum; nothing below a floor, the maximum from a bound on (in percent)."""

    method: ClassVar[Method] = Method.PROPORTIONAL
    FORMULA: ClassVar[str] = "numerator / denominator * max_points"

    zero_below_percent: Decimal | None = None
    full_from_percent: Decimal | None = None

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        reader.constant("formula", value=cls.FORMULA)
        floor = reader.optional_number("zero_below_percent", at_most=HUNDRED)
        full = reader.optional_number("full_from_percent", at_most=HUNDRED)
        if full == 0:
            reader.fault("full_from_percent", M("Enter a number above 0."))
        elif floor is not None and full is not None and floor > full:
            words = M(
                "Nothing below {floor} % and the maximum from {full} % overlap: lower the first.",
                floor=floor,
                full=full,
            )
            reader.fault("zero_below_percent", words)
        return cls(
            maximum=reader.maximum(),
            numerator=reader.text("numerator"),
            denominator=reader.text("denominator"),
            may_exceed=reader.flag("may_exceed"),
            when_denominator_zero=cls.parse_zero(reader, required=True),
            zero_below_percent=floor,
            full_from_percent=full,
            **common,
        )

    def settings(self) -> dict[str, object]:
        settings = {**self.rate_settings(), "formula": self.FORMULA}
        if self.zero_below_percent is not None:
            settings["zero_below_percent"] = plain(self.zero_below_percent)
        if self.full_from_percent is not None:
            settings["full_from_percent"] = plain(self.full_from_percent)
        return settings

    @property
    def bounds(self) -> tuple[Decimal, ...]:
        return tuple(bound for bound in (self.zero_below_percent, self.full_from_percent, HUNDRED) if bound is not None)

    def outcome(self, rate: Fraction, figures: Message) -> Outcome:
        full = HUNDRED if self.full_from_percent is None else self.full_from_percent
        if self.zero_below_percent is not None and rate < self.zero_below_percent:
            words = M(
                "{figures} → below {bound} % → {points} points",
                figures=figures,
                bound=self.zero_below_percent,
                points=shown_points(ZERO),
            )
            return Outcome.counted(ZERO, words)
        if rate >= full:
            words = M(
                "{figures} → maximum from {bound} % on → {points} points",
                figures=figures,
                bound=full,
                points=shown_points(self.maximum),
            )
            return Outcome.counted(self.maximum, words)
        return _share(self.maximum, rate, figures)


@dataclass(frozen=True, kw_only=True)
class Survey(RateRule):
    """The mean rate of a survey as a share of the maximum; imported, never entered by the unit."""

    method: ClassVar[Method] = Method.SURVEY
    self_scored: ClassVar[bool] = False
    FORMULA: ClassVar[str] = "mean_rate_percent / 100 * max_points"

    rate_only: bool = True
    survey: str = ""
    question: str = ""

    @classmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        reader.constant("formula", value=cls.FORMULA)
        reader.constant("self_scored", value=False)
        return cls(
            maximum=reader.maximum(),
            survey=reader.text("survey", required=False),
            question=reader.text("question", required=False),
            **common,
        )

    def settings(self) -> dict[str, object]:
        texts = {"survey": self.survey, "question": self.question}
        return {
            **{key: text for key, text in texts.items() if text},
            "formula": self.FORMULA,
            "self_scored": False,
        }

    @property
    def rate_label(self) -> str | Message:
        return M("Mean rate (%)")

    @property
    def bounds(self) -> tuple[Decimal, ...]:
        return (HUNDRED,)

    def outcome(self, rate: Fraction, figures: Message) -> Outcome:
        return _share(self.maximum, rate, figures)


def _share(maximum: Decimal, rate: Fraction, figures: Message) -> Outcome:
    points = half_up(rate / 100 * Fraction(maximum), POINT_PLACES)
    words = M(
        "{figures} × {maximum} → {points} points",
        figures=figures,
        maximum=shown_points(maximum),
        points=shown_points(points),
    )
    return Outcome.counted(points, words)

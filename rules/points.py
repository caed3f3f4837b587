"""The points of one leaf: what a person enters, how it is read, and what comes out with its arithmetic in words."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple, Self

from rules.message import M, Message
from rules.rounding import POINT_PLACES, NumberFault, parse_decimal, parse_figure, plain
from rules.vocabulary import CriterionKind, Method

if TYPE_CHECKING:
    from rules.reader import RuleReader

#: Inputs as they are stored: numbers as plain strings with a point, parts as a list of positions.
Inputs = dict[str, str | list[str]]

HUNDRED = Decimal(100)


class InputKind(StrEnum):
    """What a person enters."""

    COUNT = "count"
    NUMBER = "number"
    RATE = "rate"
    OPTION = "option"
    FLAG = "flag"
    PARTS = "parts"


class Choice(NamedTuple):
    """One option or part: the value a form sends (its position), its text and its points."""

    value: str
    label: str
    points: Decimal


class InputFault(ValueError):
    """What was entered cannot count; ``faults`` holds a sentence with the remedy per input name."""

    def __init__(self, faults: dict[str, Message]) -> None:
        super().__init__("; ".join(f"{name}: {message}" for name, message in faults.items()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class InputSpec:
    """One input of a rule.

    ``label`` is text of the criteria set where the rule holds one, else a message. ``limit`` is the highest number
    that is accepted, ``choices`` what an option or the parts are taken from.
    """

    name: str
    kind: InputKind
    label: str | Message
    choices: tuple[Choice, ...] = ()
    limit: Decimal | None = None

    def read(self, raw: object) -> str | list[str]:
        """Read what was entered into its stored form; ``NumberFault`` says what is wrong with it."""
        if self.kind is InputKind.PARTS:
            return self._read_parts(raw)
        text = raw.strip() if isinstance(raw, str) else ""
        match self.kind:
            case InputKind.OPTION:
                if text not in {choice.value for choice in self.choices}:
                    raise NumberFault(M("Choose one of the options."))
                return text
            case InputKind.FLAG:
                if text not in ("0", "1"):
                    raise NumberFault(M("Choose whether the condition is met or not."))
                return text
            case InputKind.COUNT:
                return plain(parse_figure(text, places=0))
            case InputKind.NUMBER:
                return plain(parse_figure(text, places=POINT_PLACES))
            case InputKind.RATE:
                number = parse_decimal(text, places=POINT_PLACES)
        if self.limit is not None and number > self.limit:
            raise NumberFault(M("At most {limit}.", limit=self.limit))
        return plain(number)

    def _read_parts(self, raw: object) -> list[str]:
        given = [raw] if isinstance(raw, str) else raw
        if not isinstance(given, list):
            raise NumberFault(M("Tick the parts that are met, or leave all of them empty if none is."))
        ticked = {part for part in given if part != ""} if all(isinstance(part, str) for part in given) else {None}
        known = [choice.value for choice in self.choices]
        if not ticked <= set(known):
            raise NumberFault(M("Choose only parts of this list."))
        return [value for value in known if value in ticked]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule makes of inputs.

    ``points`` have at most four decimals and lie within 0 and the maximum of the leaf (a penalty: the size of what is
    taken off); ``None`` where nothing is to be counted. ``arithmetic`` tells how they came about.
    """

    points: Decimal | None
    not_applicable: bool
    arithmetic: Message

    @classmethod
    def counted(cls, points: Decimal, arithmetic: Message) -> Self:
        """Give points."""
        return cls(points, not_applicable=False, arithmetic=arithmetic)

    @classmethod
    def outside(cls, arithmetic: Message) -> Self:
        """Take the criterion out: it is not applicable."""
        return cls(None, not_applicable=True, arithmetic=arithmetic)


@dataclass(frozen=True, kw_only=True)
class Rule(ABC):
    """How one criterion is scored; each method is a class of its own.

    Texts are data of the criteria set, for people. ``not_applicable_for`` describes the units the criterion is not for,
    ``may_be_not_applicable`` says that a unit may propose so; ``outside_100`` marks bonus and penalty.
    """

    method: ClassVar[Method]
    #: The unit itself enters it; a survey is imported, a penalty entered by the helper in charge.
    self_scored: ClassVar[bool] = True

    appraiser: str = ""
    guidance: str = ""
    evidence: str = ""
    not_applicable_for: str = ""
    may_be_not_applicable: bool = False
    outside_100: bool = False

    @classmethod
    @abstractmethod
    def parse(cls, reader: RuleReader, common: Mapping[str, Any]) -> Self:
        """Take the keys of the method from ``reader``, which gathers the faults; ``common`` are the fields above."""

    @property
    @abstractmethod
    def inputs(self) -> tuple[InputSpec, ...]:
        """What is entered, in the order of the form; nothing for a group."""

    @abstractmethod
    def points(self, inputs: Mapping[str, object]) -> Outcome:
        """Count the points of inputs in their stored form (``read`` made them)."""

    @abstractmethod
    def settings(self) -> dict[str, object]:
        """Give the keys of the method as JSON, numbers as plain strings."""

    def read(self, raw: Mapping[str, object]) -> Inputs:
        """Read what a form or a file gives into the stored form; names the rule does not know are passed over.

        Raises ``InputFault``.
        """
        faults: dict[str, Message] = {}
        values: Inputs = {}
        for spec in self.inputs:
            try:
                values[spec.name] = spec.read(raw.get(spec.name))
            except NumberFault as fault:
                faults[spec.name] = fault.message
        if not faults:
            faults = self.contradictions(values)
        if faults:
            raise InputFault(faults)
        return values

    def contradictions(self, inputs: Mapping[str, object]) -> dict[str, Message]:
        """Find inputs that are well written but cannot be true together."""
        return {}

    def to_json(self) -> dict[str, object]:
        """Give the rule as it stands in a criteria file."""
        texts = {key: getattr(self, key) for key in TEXT_KEYS if getattr(self, key)}
        flags = {key: True for key in FLAG_KEYS if getattr(self, key)}
        return {"type": self.method.value, **self.settings(), **texts, **flags}


#: Keys that a rule of any method may hold.
TEXT_KEYS = ("appraiser", "guidance", "evidence", "not_applicable_for")
FLAG_KEYS = ("may_be_not_applicable", "outside_100")

#: Methods that only add up other criteria.
GROUP_METHODS = frozenset({Method.SUM, Method.SUM_CAPPED})
#: Kinds of rows that stand outside the 100 points.
OUTSIDE_KINDS = frozenset({CriterionKind.ADJUSTMENT, CriterionKind.BONUS, CriterionKind.PENALTY})

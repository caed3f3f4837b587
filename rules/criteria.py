"""Criteria: from the rule in a file or form to a rule that counts, and whether a whole set holds together."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache

from rules.bands import Bands
from rules.choices import AllOrNothing, Checklist, ChoiceRule
from rules.groups import Sum, SumCapped
from rules.message import M, Message
from rules.points import GROUP_METHODS, OUTSIDE_KINDS, InputFault, InputKind, InputSpec, Outcome, Rule
from rules.rates import Proportional, Survey, ZeroDenominator
from rules.reader import OWN_MAXIMUM, RuleFault, RuleReader
from rules.steps import Accumulate, DeductStep, PenaltyStep
from rules.vocabulary import CriterionKind, Method

__all__ = [
    "CriterionRow",
    "InputFault",
    "InputKind",
    "InputSpec",
    "Outcome",
    "Rule",
    "RuleFault",
    "SetFault",
    "ZeroDenominator",
    "check_set",
    "parse_rule",
    "stored_rule",
]

_CLASSES: tuple[type[Rule], ...] = (
    Sum,
    SumCapped,
    ChoiceRule,
    Bands,
    Proportional,
    AllOrNothing,
    DeductStep,
    Accumulate,
    Checklist,
    Survey,
    PenaltyStep,
)
#: The class of each method.
RULES: Mapping[Method, type[Rule]] = {rule.method: rule for rule in _CLASSES}

#: What a row may stand under; ``None`` is the top. So leaves sit at level 2 or 3.
_PARENT_KINDS: Mapping[CriterionKind, CriterionKind | None] = {
    CriterionKind.FIELD: None,
    CriterionKind.CRITERION: CriterionKind.FIELD,
    CriterionKind.SUBCRITERION: CriterionKind.CRITERION,
    CriterionKind.ADJUSTMENT: None,
    CriterionKind.BONUS: CriterionKind.ADJUSTMENT,
    CriterionKind.PENALTY: CriterionKind.ADJUSTMENT,
}
_CODE = re.compile(r"[0-9A-Za-z]+(\.[0-9A-Za-z]+)*")
RULE_COLUMN = "scoring_rule_json"


def parse_rule(method: Method, raw: Mapping[str, object], max_points: Decimal | None) -> Rule:
    """Read the rule of one criterion whose own maximum is ``max_points``.

    Raises ``RuleFault`` with every fault found.
    """
    reader = RuleReader(raw, max_points)
    rule = RULES[method].parse(reader, reader.common(method))
    reader.finish()
    return rule


@lru_cache(maxsize=4096)
def stored_rule(method: Method, text: str, max_points: Decimal | None) -> Rule:
    """Read a rule from its JSON text, once per process: the text itself is the key, so an edited rule is read anew.

    Rules are immutable and may be shared.
    """
    return parse_rule(method, json.loads(text), max_points)


@dataclass(frozen=True, slots=True)
class CriterionRow:
    """One row of a criteria set as it is imported or edited; the group of bonus and penalty has no ``max_points``."""

    code: str
    parent_code: str | None
    kind: CriterionKind
    name: str
    max_points: Decimal | None
    method: Method
    rule: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class SetFault:
    """What is wrong with a set: position of the row (from 0), column of the criteria file, a sentence with the remedy.

    ``key`` names the place inside the rule, where the column is the rule.
    """

    row: int
    column: str
    message: Message
    key: str = ""


def check_set(rows: Sequence[CriterionRow], target: Decimal = Decimal(100)) -> list[SetFault]:
    """Find every fault of a criteria set whose groups inside the total must come to ``target`` points.

    Codes are unique and grow from their parents', which stand before them; every parent equals the sum of its children;
    leaves have a method of their own, all others add up; bonus and penalty stand in one capped group outside.
    """
    if not rows:
        return [SetFault(0, "code", M("The set has no rows: enter its fields and criteria."))]
    return sorted(
        [fault for check in (_codes, _places, _methods, _sums, _rules) for fault in check(rows)] + _total(rows, target),
        key=lambda fault: fault.row,
    )


def _children(rows: Sequence[CriterionRow]) -> dict[str, list[CriterionRow]]:
    children: dict[str, list[CriterionRow]] = defaultdict(list)
    for row in rows:
        if row.parent_code:
            children[row.parent_code].append(row)
    return children


def _codes(rows: Sequence[CriterionRow]) -> Iterator[SetFault]:
    seen: set[str] = set()
    for place, row in enumerate(rows):
        if not _CODE.fullmatch(row.code):
            yield SetFault(
                place, "code", M("Write the code with digits, letters and points between them, such as 1.2.3.")
            )
        elif row.code in seen:
            yield SetFault(place, "code", M("The code {code} stands there twice: change one.", code=row.code))
        seen.add(row.code)
        if not row.name.strip():
            yield SetFault(place, "name", M("Enter a name."))


def _places(rows: Sequence[CriterionRow]) -> Iterator[SetFault]:
    """Check where each row stands: its parent, its code under the parent's, its kind."""
    before: dict[str, CriterionRow] = {}
    groups = 0
    for place, row in enumerate(rows):
        parent = before.get(row.parent_code or "")
        wanted = _PARENT_KINDS[row.kind]
        if row.parent_code and parent is None:
            words = M("No row before this one has the code {code}: move or correct it.", code=row.parent_code)
            yield SetFault(place, "parent_code", words)
        elif row.code.rpartition(".")[0] != (row.parent_code or ""):
            words = M("The code must be that of its parent, a point and one more part.")
            yield SetFault(place, "code", words)
        elif (parent.kind if parent else None) is not wanted:
            yield SetFault(place, "kind", _misplaced(row.kind, wanted))
        groups += row.kind is CriterionKind.ADJUSTMENT
        if row.kind is CriterionKind.ADJUSTMENT and groups > 1:
            yield SetFault(
                place, "kind", M("A set has one group of bonus and penalty: put all of them into the first.")
            )
        before[row.code] = row


def _misplaced(kind: CriterionKind, wanted: CriterionKind | None) -> Message:
    if wanted is None:
        return M("A row of the kind {kind} stands at the top: leave its parent empty.", kind=kind.title)
    return M("A row of the kind {kind} stands under a row of the kind {parent}.", kind=kind.title, parent=wanted.title)


def _methods(rows: Sequence[CriterionRow]) -> Iterator[SetFault]:
    children = _children(rows)
    for place, row in enumerate(rows):
        fault = _method_fault(row.kind, row.method, is_leaf=row.code not in children)
        if fault:
            yield SetFault(place, "scoring_method", fault)


def _method_fault(kind: CriterionKind, method: Method, *, is_leaf: bool) -> Message | None:
    if kind is CriterionKind.ADJUSTMENT:
        wanted = Method.SUM_CAPPED
    elif kind is CriterionKind.PENALTY:
        wanted = Method.PENALTY_STEP
    elif not is_leaf or kind is CriterionKind.FIELD:
        wanted = Method.SUM
    elif method in GROUP_METHODS:
        return M("No criteria stand under this row: choose a method that gives points, or add its criteria.")
    elif method is Method.PENALTY_STEP or (method is Method.SURVEY and kind is CriterionKind.BONUS):
        return M("The method {method} is not for a row of the kind {kind}.", method=method.title, kind=kind.title)
    else:
        return None
    if method is not wanted:
        return M("The method of this row must be {method}: {word}.", method=wanted.title, word=wanted.value)
    if is_leaf and method in GROUP_METHODS:
        return M("Nothing stands under this row: add its criteria or remove it.")
    return None


def _sums(rows: Sequence[CriterionRow]) -> Iterator[SetFault]:
    children = _children(rows)
    for place, row in enumerate(rows):
        if row.kind is CriterionKind.ADJUSTMENT:
            if row.max_points is not None:
                words = M("Bonus and penalty as a group have no maximum of their own: leave it empty.")
                yield SetFault(place, "max_points", words)
        elif row.code in children:
            total = sum((child.max_points or Decimal(0) for child in children[row.code]), Decimal(0))
            if row.max_points != total:
                words = M("The criteria under this row come to {sum} points: enter that or correct them.", sum=total)
                yield SetFault(place, "max_points", words)


def _total(rows: Sequence[CriterionRow], target: Decimal) -> list[SetFault]:
    fields = [(place, row) for place, row in enumerate(rows) if row.kind is CriterionKind.FIELD]
    total = sum((row.max_points or Decimal(0) for _, row in fields), Decimal(0))
    if total == target:
        return []
    words = M("The fields come to {sum} points in all, not to {target}: correct them.", sum=total, target=target)
    return [SetFault(fields[-1][0] if fields else 0, "max_points", words)]


def _rules(rows: Sequence[CriterionRow]) -> Iterator[SetFault]:
    for place, row in enumerate(rows):
        try:
            rule = parse_rule(row.method, row.rule, row.max_points)
        except RuleFault as fault:
            for key, message in fault.faults:
                own = key == OWN_MAXIMUM and OWN_MAXIMUM not in row.rule
                yield SetFault(place, "max_points" if own else RULE_COLUMN, message, "" if own else key)
        else:
            if rule.outside_100 and row.kind not in OUTSIDE_KINDS:
                words = M("Only bonus and penalty stand outside the 100 points: remove this setting.")
                yield SetFault(place, RULE_COLUMN, words, "outside_100")

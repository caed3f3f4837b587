"""Made-up but likely figures for a leaf: rates mostly between 80 and 100 %, few faults, options near the best."""

from __future__ import annotations

from random import Random

import models as m
from rules.criteria import InputKind, InputSpec
from rules.vocabulary import CriterionKind, Method

Inputs = dict[str, object]

#: What a label says about the size of its figures; money is in millions of đồng.
_SIZES = (
    (("hồ sơ", "văn bản đi", "giao dịch", "lượt"), 240, 4200),
    (("vốn", "tiền", "kinh phí"), 900, 28000),
    (("văn bản", "nhiệm vụ", "người", "cán bộ"), 12, 140),
)
_DEFAULT_SIZE = (4, 38)


def claim(criterion: m.Criterion, quality: float, chance: Random) -> Inputs:
    """Return inputs that a unit of this quality (0 to 1) enters."""
    specs = criterion.rule.inputs
    if any(spec.kind is InputKind.NUMBER for spec in specs):
        return _rate(specs, quality, chance)
    return {spec.name: _value(spec, criterion, quality, chance) for spec in specs}


def _rate(specs: tuple[InputSpec, ...], quality: float, chance: Random) -> Inputs:
    words = " ".join(str(spec.label).lower() for spec in specs)
    low, high = next(((low, high) for keys, low, high in _SIZES if any(key in words for key in keys)), _DEFAULT_SIZE)
    whole = chance.randint(low, high)
    share = 1.0 if chance.random() < 0.25 + 0.35 * quality else 0.70 + 0.18 * quality + 0.12 * chance.random()
    return {"numerator": str(min(whole, round(whole * share))), "denominator": str(whole)}


def _value(spec: InputSpec, criterion: m.Criterion, quality: float, chance: Random) -> object:
    lucky = chance.random() < 0.55 + 0.4 * quality
    match spec.kind:
        case InputKind.RATE:
            return f"{72 + 20 * quality + 7.9 * chance.random():.2f}"
        case InputKind.OPTION:
            place = 0 if lucky else min(len(spec.choices) - 1, 1)
            return spec.choices[place].value
        case InputKind.FLAG:
            return "1" if lucky or chance.random() < 0.5 else "0"
        case InputKind.PARTS:
            met = [choice.value for choice in spec.choices]
            return met if lucky else met[:-1] or [""]
        case _:
            return str(_count(criterion, lucky=lucky, chance=chance))


def _count(criterion: m.Criterion, *, lucky: bool, chance: Random) -> int:
    if criterion.method is Method.DEDUCT_STEP:
        return 0 if lucky else chance.randint(1, 2)
    if criterion.kind in (CriterionKind.BONUS, CriterionKind.PENALTY):
        return 1
    return chance.randint(1, 3) if lucky else chance.randint(0, 1)


def lowered(criterion: m.Criterion, inputs: Inputs, chance: Random) -> Inputs:
    """Return what somebody who looked closer finds: a little less."""
    found = dict(inputs)
    for spec in criterion.rule.inputs:
        value = found.get(spec.name)
        if spec.name == "numerator":
            whole = int(str(value))
            found[spec.name] = str(max(0, whole - max(1, round(whole * (0.02 + 0.1 * chance.random())))))
        elif spec.kind is InputKind.OPTION:
            values = [choice.value for choice in spec.choices]
            found[spec.name] = values[min(len(values) - 1, values.index(str(value)) + 1)]
        elif spec.kind is InputKind.FLAG:
            found[spec.name] = "0"
        elif spec.kind is InputKind.PARTS and isinstance(value, list):
            found[spec.name] = value[:-1] or [""]
        elif spec.kind is InputKind.COUNT:
            step = 1 if criterion.method is Method.DEDUCT_STEP else -1
            found[spec.name] = str(max(0, int(str(value)) + step))
    return found

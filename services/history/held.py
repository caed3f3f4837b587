"""The content of a hand-over as objects: fields, leaves, layers, documents, questions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from rules.behalf import named
from rules.message import Message
from rules.totals import Subtotal
from rules.vocabulary import Basis, CriterionKind, Layer
from services.history.documents import called
from services.history.holding import known


@dataclass(frozen=True, slots=True)
class Said:
    """What a layer said."""

    layer: Layer
    inputs: Mapping[str, Any]
    stated: Decimal | None
    points: Decimal | None
    not_applicable: bool
    note: str
    reason: str
    author: Message | str
    at: datetime


@dataclass(frozen=True, slots=True)
class Paper:
    """A document as it was named; the same one where key, name and stage agree."""

    id: int
    stage: str
    name: str
    page: str
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A question that was sent, with the answer where there was one."""

    turn: int
    text: str
    answer: str


@dataclass(frozen=True, slots=True)
class Leaf:
    code: str
    name: str
    kind: CriterionKind
    maximum: Decimal
    exempt: str | None
    layers: Mapping[Layer, Said]
    papers: tuple[Paper, ...]
    questions: tuple[Asked, ...]

    @property
    def counting(self) -> Said | None:
        """The highest layer, which counts."""
        return self.layers[max(self.layers)] if self.layers else None


@dataclass(frozen=True, slots=True)
class Field:
    code: str
    name: str
    sums: Mapping[Basis, Subtotal]
    leaves: Mapping[str, Leaf]


@dataclass(frozen=True, slots=True)
class Held:
    """What was handed over, by field code; ``readable`` is False where its layout is not one that this release reads."""

    fields: Mapping[str, Field] = field(default_factory=dict)
    readable: bool = True

    def without_questions(self) -> Held:
        """Leave the questions out: of a reader to whom they are not told yet."""
        return Held(
            {
                code: replace(one, leaves={c: replace(leaf, questions=()) for c, leaf in one.leaves.items()})
                for code, one in self.fields.items()
            },
            self.readable,
        )


def read(content: Mapping[str, Any]) -> Held:
    """Read the content of a snapshot."""
    if not known(content):
        return Held(readable=False)
    return Held({one["code"]: _field(one) for one in content["fields"]})


def _field(raw: Mapping[str, Any]) -> Field:
    sums = {Basis(basis): _figures(figures) for basis, figures in raw["sums"].items()}
    return Field(raw["code"], raw["name"], sums, {leaf["code"]: _leaf(leaf) for leaf in raw["leaves"]})


def _leaf(raw: Mapping[str, Any]) -> Leaf:
    layers = {Layer(int(rank)): _said(Layer(int(rank)), said) for rank, said in raw["layers"].items()}
    return Leaf(
        raw["code"],
        raw["name"],
        CriterionKind(raw["kind"]),
        Decimal(raw["maximum"] or 0),
        raw["exempt"],
        layers,
        tuple(map(_paper, raw["evidence"])),
        tuple(Asked(one["turn"], one["text"], one["answer"] or "") for one in raw["questions"]),
    )


def _said(layer: Layer, raw: Mapping[str, Any]) -> Said:
    return Said(
        layer,
        raw["inputs"],
        _number(raw["stated"]),
        _number(raw["points"]),
        raw["not_applicable"],
        raw["note"],
        raw["reason"],
        named(raw["author"], raw.get("author_for", "")),
        datetime.fromisoformat(raw["at"]),
    )


def _paper(raw: Mapping[str, Any]) -> Paper:
    file = raw["file"] or {}
    name = f"{file['name']} ({file['number']})" if file else ""
    return Paper(
        raw["id"], raw["stage"], called(raw["number"], raw["title"]), raw["page"], name, file.get("sha256", "")
    )


def _figures(raw: Mapping[str, Any]) -> Subtotal:
    return Subtotal(
        Decimal(raw["achieved"]),
        Decimal(raw["maximum"]),
        raw["leaves"],
        raw["scored"],
        Decimal(raw["bonus"]),
        Decimal(raw["penalty"]),
    )


def _number(value: str | None) -> Decimal | None:
    return None if value is None else Decimal(value)

"""Exact subtotals of field sheets, renewed in the transaction that changes a score; ``flask verify`` recomputes them all.

This is the one reviewed place that writes a table below the ORM: subtotals are derived, cover layers that their writer may
not read, and are replaced row by row in two statements.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import delete, insert, null, select, union_all
from sqlalchemy.orm import Session

import models as m
from permissions.actor import system_scope
from rules.totals import Leaf, subtotals
from rules.vocabulary import BASIS_LAYERS, Basis, CriterionKind, Layer, Method, State

ZERO = Decimal(0)
#: A unit's own "not applicable" is a proposal: the leaf stays in the maximum until the helper confirms.
PROPOSING = (Layer.SELF, Layer.SUPERIOR)


@dataclass(frozen=True, slots=True)
class LeafRow:
    """What a subtotal needs of a leaf criterion."""

    id: int
    code: str
    field_code: str
    kind: CriterionKind
    maximum: Decimal
    self_scored: bool


@dataclass(frozen=True, slots=True)
class Points:
    """What one layer says of one leaf."""

    points: Decimal | None
    not_applicable: bool


def leaf_rows(
    session: Session, set_ids: Iterable[int], field_codes: Iterable[str] | None = None
) -> dict[int, list[LeafRow]]:
    """Return the leaves of criteria sets in their order, by set."""
    c = m.Criterion
    query = select(c.set_id, c.id, c.code, c.field_code, c.kind, c.max_points, c.method).where(
        c.set_id.in_(set(set_ids)), c.is_leaf
    )
    if field_codes is not None:
        query = query.where(c.field_code.in_(set(field_codes)))
    rows: dict[int, list[LeafRow]] = {}
    for set_id, id_, code, field_code, kind, maximum, method in session.execute(query.order_by(c.set_id, c.path)):
        own = method is not Method.SURVEY and kind is not CriterionKind.PENALTY
        rows.setdefault(set_id, []).append(LeafRow(id_, code, field_code, kind, maximum or ZERO, own))
    return rows


def leaves_on(
    basis: Basis, rows: Iterable[LeafRow], layers: Mapping[int, Mapping[Layer, Points]], exempt: set[int]
) -> Iterator[Leaf]:
    """Yield each leaf with the points that count on a basis: those of the highest layer the basis reads."""
    for row in rows:
        if basis is Basis.SELF and not row.self_scored:
            continue
        given = layers.get(row.id, {})
        layer = next((layer for layer in BASIS_LAYERS[basis] if layer in given), None)
        said = given[layer] if layer is not None else None
        proposed = said is not None and said.not_applicable and layer in PROPOSING
        points = ZERO if proposed else said.points if said is not None else None
        yield Leaf(
            row.code,
            row.field_code,
            row.kind,
            row.maximum,
            None if row.id in exempt else points,
            not_applicable=row.id in exempt or (said is not None and said.not_applicable and not proposed),
        )


def compute(
    session: Session, sheets: Sequence[m.FieldSheet], codes: Mapping[int, str]
) -> Iterator[tuple[m.FieldSheet, Basis, dict[str, Any]]]:
    """Work out the subtotals of sheets from the scores; ``codes`` gives the field code of each ``field_id``.

    The council's basis exists for a sheet once the council approved it.
    """
    assessment_ids = {sheet.assessment_id for sheet in sheets}
    rows = leaf_rows(session, {sheet.criteria_set_id for sheet in sheets}, set(codes.values()))
    by_field: dict[tuple[int, str], list[LeafRow]] = {}
    for set_id, leaves in rows.items():
        for leaf in leaves:
            by_field.setdefault((set_id, leaf.field_code), []).append(leaf)
    touched = [leaf.id for leaves in rows.values() for leaf in leaves]
    layers, exempt = read_layers(session, assessment_ids, touched)
    for sheet in sheets:
        leaves = by_field.get((sheet.criteria_set_id, codes[sheet.field_id]), [])
        for basis in Basis:
            if basis is Basis.COUNCIL and sheet.state not in (State.APPROVED, State.CLOSED):
                continue
            given = list(
                leaves_on(basis, leaves, layers.get(sheet.assessment_id, {}), exempt.get(sheet.assessment_id, set()))
            )
            whole = subtotals(given).get(codes[sheet.field_id])
            scored = (
                leaf.maximum for leaf in given if not (leaf.points is None or leaf.not_applicable or leaf.outside)
            )
            yield (
                sheet,
                basis,
                {
                    "achieved": whole.achieved if whole else ZERO,
                    "maximum": whole.maximum if whole else ZERO,
                    "scored_maximum": sum(scored, ZERO),
                    "bonus": whole.bonus if whole else ZERO,
                    "penalty": whole.penalty if whole else ZERO,
                    "leaves": whole.leaves if whole else 0,
                    "scored": whole.scored if whole else 0,
                },
            )


def read_layers(
    session: Session, assessment_ids: set[int], leaf_ids: Sequence[int] | None = None
) -> tuple[dict[int, dict[int, dict[Layer, Points]]], dict[int, set[int]]]:
    """Read all layers and exemptions of assessments: assessment -> leaf -> layer -> points, and assessment -> leaves.

    ``leaf_ids`` narrows both to these leaves.
    """
    layers: dict[int, dict[int, dict[Layer, Points]]] = {}
    exempt: dict[int, set[int]] = {}
    score, exemption = m.Score, m.Exemption
    said = select(score.assessment_id, score.criterion_id, score.layer, score.points, score.not_applicable).where(
        score.assessment_id.in_(assessment_ids)
    )
    without = select(exemption.assessment_id, exemption.criterion_id, null(), null(), null()).where(
        exemption.assessment_id.in_(assessment_ids)
    )
    if leaf_ids is not None:
        said = said.where(score.criterion_id.in_(leaf_ids))
        without = without.where(exemption.criterion_id.in_(leaf_ids))
    with system_scope("subtotals"):
        found: Iterable[Any] = session.execute(union_all(said, without))
        for assessment_id, criterion_id, layer, points, not_applicable in found:
            if layer is None:
                exempt.setdefault(assessment_id, set()).add(criterion_id)
            else:
                given = layers.setdefault(assessment_id, {}).setdefault(criterion_id, {})
                given[layer] = Points(points, not_applicable)
    return layers, exempt


def refresh(session: Session, sheets: Sequence[m.FieldSheet], codes: Mapping[int, str] | None = None) -> None:
    """Replace the subtotals of these sheets; call inside the act that changed their scores or state.

    ``codes`` gives the field code of each ``field_id`` where the caller has it.
    """
    if not sheets:
        return
    session.flush()
    if codes is None:
        field = m.Criterion
        query = select(field.id, field.code).where(field.id.in_({sheet.field_id for sheet in sheets}))
        codes = {id_: code for id_, code in session.execute(query)}  # noqa: C416 - rows are no pairs to dict()
    values = [
        {
            "sheet_id": sheet.id,
            "assessment_id": sheet.assessment_id,
            "unit_id": sheet.unit_id,
            "basis": basis,
            **figures,
        }
        for sheet, basis, figures in compute(session, sheets, codes)
    ]
    subtotal = m.Subtotal
    connection = session.connection()
    connection.execute(delete(subtotal).where(subtotal.sheet_id.in_([sheet.id for sheet in sheets])))
    if values:
        connection.execute(insert(subtotal), values)

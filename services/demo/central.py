"""Reference figures of the demo: a few leaves of each set from the one-stop system and the treasury, some unlike the claims."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import models as m
from extensions import db
from rules.criteria import InputKind
from services.demo import figures
from services.demo.claims import Scores
from services.demo.stage import Stage

#: Words in the name of a leaf, and who holds its figures.
SOURCES = (
    (("hồ sơ", "trực tuyến"), "Hệ thống thông tin giải quyết thủ tục hành chính tỉnh"),
    (("giải ngân", "ngân sách"), "Kho bạc Nhà nước tỉnh"),
)
#: Files of the office's own work are counted in no such system.
NOT_CENTRAL = "công việc"
#: So many leaves of a set rest on central figures.
MOST_LEAVES = 9
#: The day on which the sources closed their books, counted from the day of loading.
AS_OF, IMPORTED = -12, -9


def load(stage: Stage, forms: Sequence[m.Assessment], entered: dict[int, Scores]) -> None:
    """Give the figures of these leaves for nearly all units; three in ten are other than what the unit claims."""
    codes = {unit.id: code for code, unit in stage.units.items()}
    for form in forms:
        code, claimed = codes[form.unit_id], entered[form.id]
        for leaf, source in resting(stage.leaves(form.criteria_set_id)):
            chance = stage.chance("central", code, leaf.code)
            claim = claimed.get(leaf.id)
            if claim is None or not claim.inputs or chance.random() < 0.1:
                continue
            inputs = dict(claim.inputs)
            if chance.random() < 0.3:
                inputs = leaf.rule.read(figures.lowered(leaf, dict(inputs), chance))
            db.session.add(
                m.ReferenceFigure(
                    assessment_id=form.id,
                    unit_id=form.unit_id,
                    criteria_set_id=form.criteria_set_id,
                    criterion_id=leaf.id,
                    inputs=inputs,
                    source=source,
                    as_of=stage.days.on(AS_OF),
                    author_id=stage.account("snv.quantri"),
                    imported_at=stage.days.at(IMPORTED, 14),
                )
            )
    db.session.flush()


def resting(leaves: Iterable[m.Criterion]) -> list[tuple[m.Criterion, str]]:
    """Return the leaves whose rates somebody counts centrally, with the source."""
    found = []
    for leaf in leaves:
        if not leaf.self_scored or not any(spec.kind is InputKind.NUMBER for spec in leaf.rule.inputs):
            continue
        name = leaf.name.lower()
        source = next((source for keys, source in SOURCES if any(key in name for key in keys)), None)
        if source is not None and NOT_CENTRAL not in name:
            found.append((leaf, source))
    return found[:MOST_LEAVES]

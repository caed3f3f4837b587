"""A province to measure on: the catalogue of Vĩnh Long 2024, three rounds, about 33,000 scores; the same in every run.

Scores are laid below the ORM, in batches, because nothing here is measured; everything the measured pages do passes the gates.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import insert, select, text, update

import models as m
from extensions import db
from models import clock
from models.criteria import criterion_path
from permissions.actor import set_actor, system_scope
from permissions.gate import Act, system_act
from permissions.identity import load_actor
from rules.criteria import InputKind, Rule
from rules.verbs import Verb
from rules.vocabulary import CriterionKind, Function, Layer, Method, Stage, State
from services import publication, subtotal
from services.account import hash_password
from services.round import open_in

DATA = Path(__file__).resolve().parent.parent / "data"
PASSWORD = "mot mat khau rat dai"  # noqa: S105 - of people who live for one run
#: The catalogue has 134 units; two more make the size the measurements are agreed for.
MORE_UNITS = (("XT1", "Xã Thử Nghiệm Một"), ("XT2", "Xã Thử Nghiệm Hai"))
CLASSES = (("Xuất sắc", 90), ("Tốt", 80), ("Khá", 70), ("Trung bình", 60), ("Yếu", 0))
LEVELS = {"department": "departments", "district": "districts", "commune": "communes"}
#: What each round holds: the oldest came in with the results alone, the last is being self-scored.
ROUNDS: Mapping[int, tuple[Layer, ...]] = {
    2022: (Layer.SELF, Layer.SURVEY),
    2023: (Layer.SELF, Layer.APPRAISAL, Layer.SURVEY, Layer.COUNCIL),
    2024: (Layer.SELF,),
}
NOTE = "Đã triển khai theo kế hoạch của Ủy ban nhân dân tỉnh, có báo cáo kết quả kèm theo."
REASON = "Tài liệu kiểm chứng chưa đủ theo hướng dẫn chấm điểm."
STAGES = (Stage.SELF_SCORING, Stage.APPRAISAL, Stage.EXPLANATION, Stage.REAPPRAISAL, Stage.APPROVAL)


def build() -> None:
    """Fill an empty, migrated database; call it in an application context."""
    with system_scope("bench"), system_act(Verb.IMPORT, "bench") as building:
        _units()
        _criteria()
        _people(building.now)
        for year in ROUNDS:
            _round(building, year)
    _publish()
    with system_scope("bench"):
        db.session.connection(execution_options={"isolation_level": "AUTOCOMMIT"}).execute(text("VACUUM ANALYZE"))
        db.session.commit()


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _units() -> None:
    levels: dict[str, m.Level] = {}
    kinds: dict[str, m.UnitKind] = {}
    for position, row in enumerate(_rows("unit_kinds")):
        level = levels.setdefault(
            row["level_code"], m.Level(code=row["level_code"], name=row["level_name"], position=position)
        )
        kinds[row["name"]] = m.UnitKind(name=row["name"], level=level)
    db.session.add_all(kinds.values())
    db.session.flush()
    units: dict[str, m.Unit] = {}
    rows = _rows("units")
    district = next(row["code"] for row in rows if row["kind"] == "huyện")
    added = [{"code": code, "name": name, "kind": "xã", "parent_code": district} for code, name in MORE_UNITS]
    for row in [*rows, *added]:
        above = units.get(row["parent_code"])
        unit = m.Unit(
            code=row["code"], name=row["name"], kind_id=kinds[row["kind"]].id, parent_id=above.id if above else None
        )
        units[row["code"]] = unit
        db.session.add(unit)
        db.session.flush()
        unit.path = f"{above.path if above else ''}{unit.id}."
    for row in _rows("unit_groups"):
        group = db.session.scalar(select(m.UnitGroup).where(m.UnitGroup.code == row["group_code"]))
        if group is None:
            group = m.UnitGroup(code=row["group_code"], name=row["group_name"])
            db.session.add(group)
            db.session.flush()
        db.session.add(m.UnitGroupMember(group_id=group.id, unit_id=units[row["unit_code"]].id))
    db.session.flush()


def _criteria() -> None:
    group = db.session.scalars(select(m.UnitGroup)).one()
    for level_code, name in LEVELS.items():
        level = db.session.scalars(select(m.Level).where(m.Level.code == level_code)).one()
        set_ = m.CriteriaSet(code=f"{level_code}_2024", name=f"Bộ chỉ số {level.name} 2024", level_id=level.id)
        db.session.add(set_)
        db.session.flush()
        rows = _rows(f"criteria/{name}")
        parents = {row["parent_code"] for row in rows}
        made: dict[str, m.Criterion] = {}
        for row in rows:
            rule = json.loads(row["scoring_rule_json"])
            above = made.get(row["parent_code"])
            made[row["code"]] = m.Criterion(
                set_id=set_.id,
                parent_id=above.id if above else None,
                code=row["code"],
                path=criterion_path(row["code"]),
                field_code=row["code"].split(".")[0],
                kind=CriterionKind(row["kind"]),
                name=row["name"],
                max_points=Decimal(row["max_points"]) if row["max_points"] else None,
                method=Method(row["scoring_method"]),
                rule_json=rule,
                evidence_required=row["evidence_required"] == "1",
                is_leaf=row["code"] not in parents,
            )
            db.session.add(made[row["code"]])
            db.session.flush()
            if rule.get("not_applicable_for") and level_code == "department":
                db.session.add(m.CriterionExclusion(criterion_id=made[row["code"]].id, group_id=group.id))
    db.session.flush()


def _people(now: datetime) -> None:
    """One officer per unit, a manager per district, an administrator: ``officer.x011``, ``manager.h1``, ``admin``."""
    since = date(2022, 1, 1)
    password_hash = hash_password(PASSWORD)
    for unit in db.session.scalars(select(m.Unit).order_by(m.Unit.path)).all():
        depth = unit.path.count(".")
        functions = [("admin", Function.MANAGER)] if depth == 1 else [(f"officer.{unit.code}", Function.OFFICER)]
        if unit.kind.level.code == "district":
            functions.append((f"manager.{unit.code}", Function.MANAGER))
        for login, function in functions:
            account = m.Account(
                username=login.lower(),
                full_name=f"{function.value.title()} {unit.name}",
                unit_id=unit.id,
                password_hash=password_hash,
                must_change_password=False,
                created_at=now,
            )
            db.session.add(account)
            db.session.flush()
            db.session.add(m.Post(account_id=account.id, unit_id=unit.id, function=function, valid_from=since))
    db.session.flush()


def _round(building: Act, year: int) -> None:
    past = max(ROUNDS) - year
    begins = building.now - timedelta(days=365 * past + 10)
    round_ = m.Round(code=str(year), name=f"Năm {year}", year=year, cut_off_on=date(2024, 10, 31), illustrative=True)
    db.session.add(round_)
    db.session.flush()
    for set_ in db.session.scalars(select(m.CriteriaSet).order_by(m.CriteriaSet.id)).all():
        group = m.RankingGroup(
            round_id=round_.id,
            code=set_.level.code,
            name=set_.level.name,
            level_id=set_.level_id,
            criteria_set_id=set_.id,
        )
        group.classes = [m.ClassBand(name=name, lower_bound=Decimal(bound)) for name, bound in CLASSES]
        db.session.add(group)
        for number, stage in enumerate(STAGES):
            db.session.add(
                m.Window(
                    round_id=round_.id,
                    level_id=set_.level_id,
                    stage=stage,
                    opens_at=begins + timedelta(days=30 * number),
                    closes_at=begins + timedelta(days=30 * number + 30),
                )
            )
    db.session.flush()
    open_in(building, round_)
    scores = list(_scores(round_, building.now))
    db.session.connection().execute(insert(m.Score), scores)
    if past:
        _close(round_)
    else:
        _evidence(round_, scores, building.now)
    subtotal.refresh(
        db.session(),
        db.session.scalars(
            select(m.FieldSheet)
            .join(m.Assessment, m.Assessment.id == m.FieldSheet.assessment_id)
            .where(m.Assessment.round_id == round_.id)
        ).all(),
    )


def _close(round_: m.Round) -> None:
    """A past round: approved with minutes, closed by the chairs, all released."""
    forms = select(m.Assessment.id).where(m.Assessment.round_id == round_.id)
    db.session.execute(
        update(m.FieldSheet)
        .where(m.FieldSheet.assessment_id.in_(forms))
        .values(state=State.CLOSED, minutes_number=f"01/BB-{round_.year}", minutes_on=date(round_.year, 12, 20))
    )
    db.session.execute(update(m.Assessment).where(m.Assessment.round_id == round_.id).values(released=Layer.COUNCIL))
    db.session.expire_all()


def _publish() -> None:
    """Publish the past rounds as an administrator does."""
    with system_scope("bench"):
        admin = db.session.scalars(select(m.Account).where(m.Account.username == "admin")).one()
        groups = db.session.execute(
            select(m.RankingGroup.id, m.Round.year)
            .join(m.Round, m.Round.id == m.RankingGroup.round_id)
            .where(m.Round.year < max(ROUNDS))
            .order_by(m.Round.year, m.RankingGroup.id)
        ).all()
    set_actor(load_actor(db.session(), admin.id, admin.full_name, clock.now(), None))
    for group_id, year in groups:
        group = db.session.get_one(m.RankingGroup, group_id)
        seen = publication.prepare(db.session(), group, clock.now()).seen
        publication.publish(group_id, f"{group_id}/QĐ-UBND", date(year + 1, 2, 15), seen)
    set_actor(None)


def _scores(round_: m.Round, now: datetime) -> Iterator[dict[str, Any]]:
    leaves: dict[int, list[m.Criterion]] = {}
    for leaf in db.session.scalars(select(m.Criterion).where(m.Criterion.is_leaf).order_by(m.Criterion.path)):
        leaves.setdefault(leaf.set_id, []).append(leaf)
    exempt = {(a, c) for a, c in db.session.execute(select(m.Exemption.assessment_id, m.Exemption.criterion_id))}
    officers = {
        unit_id: account_id
        for account_id, unit_id in db.session.execute(
            select(m.Post.account_id, m.Post.unit_id).where(m.Post.function == Function.OFFICER)
        )
    }
    admin = db.session.scalars(select(m.Account.id).where(m.Account.username == "admin")).one()
    forms = db.session.scalars(
        select(m.Assessment).where(m.Assessment.round_id == round_.id).order_by(m.Assessment.id)
    ).all()
    for form in forms:
        for leaf in leaves[form.criteria_set_id]:
            chance = Random(f"{round_.year} {form.unit_id} {leaf.code}")  # noqa: S311 - chance, not secrets
            if (form.id, leaf.id) in exempt:
                continue
            for layer in ROUNDS[round_.year]:
                if _said(layer, leaf, chance):
                    author = officers[form.unit_id] if layer is Layer.SELF else admin
                    yield _score(form, leaf, layer, author, now, chance)


def _said(layer: Layer, leaf: m.Criterion, chance: Random) -> bool:
    """Tell whether the layer says something of this leaf; a few leaves of each form are still open."""
    survey = leaf.method is Method.SURVEY
    match layer:
        case Layer.SELF:
            return leaf.self_scored and chance.random() < 0.97
        case Layer.SURVEY:
            return survey
        case Layer.COUNCIL:
            return not survey and chance.random() < 0.04
        case _:
            return not survey


def _score(
    form: m.Assessment, leaf: m.Criterion, layer: Layer, author_id: int, now: datetime, chance: Random
) -> dict[str, Any]:
    rule = leaf.rule
    inputs = rule.read(_inputs(rule, chance))
    outcome = rule.points(inputs)
    return {
        "assessment_id": form.id,
        "unit_id": form.unit_id,
        "criteria_set_id": form.criteria_set_id,
        "criterion_id": leaf.id,
        "layer": layer,
        "inputs": inputs,
        "computed_points": outcome.points,
        "points": outcome.points,
        "not_applicable": outcome.not_applicable,
        "note": NOTE if layer is Layer.SELF and chance.random() < 0.5 else "",
        "reason": REASON if layer is Layer.COUNCIL or (layer is Layer.APPRAISAL and chance.random() < 0.2) else "",
        "author_id": author_id,
        "updated_at": now,
        "version": 1,
    }


def _inputs(rule: Rule, chance: Random) -> dict[str, object]:
    """Make up what a unit enters: mostly good, as units see themselves."""
    inputs: dict[str, object] = {}
    for spec in rule.inputs:
        match spec.kind:
            case InputKind.COUNT:
                inputs[spec.name] = str(chance.choice((0, 0, 1, 2)))
            case InputKind.NUMBER:
                inputs[spec.name] = str(chance.randint(20, 400))
            case InputKind.RATE:
                inputs[spec.name] = f"{chance.randint(6000, 10000) / 100:.2f}"
            case InputKind.OPTION:
                inputs[spec.name] = chance.choice((spec.choices[0], *spec.choices)).value
            case InputKind.FLAG:
                inputs[spec.name] = "1" if chance.random() < 0.85 else "0"
            case InputKind.PARTS:
                inputs[spec.name] = [choice.value for choice in spec.choices if chance.random() < 0.85]
    if "denominator" in inputs:
        inputs["numerator"] = str(int(str(inputs["denominator"])) * chance.randint(60, 100) // 100)
    return inputs


def _evidence(round_: m.Round, scores: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Twelve documents for each form of the running round, and a place in one of them for each claim that needs it."""
    needing = set(db.session.scalars(select(m.Criterion.id).where(m.Criterion.evidence_required)))
    forms = db.session.scalars(
        select(m.Assessment).where(m.Assessment.round_id == round_.id).order_by(m.Assessment.id)
    ).all()
    authors = {score["assessment_id"]: score["author_id"] for score in scores}
    documents: dict[int, list[m.Evidence]] = {}
    for form in forms:
        documents[form.id] = [
            m.Evidence(
                unit_id=form.unit_id,
                number=f"{number}/KH-UBND",
                issued_on=date(round_.year, number, 15),
                issuer="Ủy ban nhân dân",
                title=f"Kế hoạch cải cách hành chính tháng {number}",
                author_id=authors[form.id],
                created_at=now,
            )
            for number in range(1, 13)
        ]
        db.session.add_all(documents[form.id])
    db.session.flush()
    links = [
        {
            **{key: score[key] for key in ("assessment_id", "unit_id", "criteria_set_id", "criterion_id")},
            "evidence_id": documents[score["assessment_id"]][score["criterion_id"] % 12].id,
            "page": f"Trang {1 + score['criterion_id'] % 9}",
        }
        for score in scores
        if score["criterion_id"] in needing
    ]
    db.session.connection().execute(insert(m.EvidenceLink), links)

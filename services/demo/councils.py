"""The councils of the round 2024: the province's for departments and districts, each district's for its communes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import models as m
from extensions import db
from rules.vocabulary import Function
from services.demo.names import title_of
from services.demo.people import PROVINCE_SEATS, SeatPlan, district_seats, districts
from services.demo.stage import Bench, Stage


def load(stage: Stage, round_: m.Round, forms: Sequence[m.Assessment]) -> None:
    """Set the councils up with their units, seats and assignments; note who judges which unit."""
    codes = {unit.id: code for code, unit in stage.units.items()}
    parents = {unit.id: codes.get(unit.parent_id or 0, "") for unit in stage.units.values()}
    keepers = {form.unit_id: parents[form.unit_id] for form in forms}
    for number, keeper in enumerate(["VL", *districts(stage)], start=1):
        unit = stage.units[keeper]
        mine = [form for form in forms if keepers[form.unit_id] == keeper]
        council = m.Council(
            round_id=round_.id,
            unit_id=unit.id,
            name=f"Hội đồng thẩm định {_short(unit.name)} năm {round_.year}",
            decision_number=f"{90 + 7 * number}/QĐ-UBND",
            decision_on=stage.days.on(-28),
        )
        db.session.add(council)
        db.session.flush()
        db.session.add_all(
            m.CouncilUnit(council_id=council.id, round_id=round_.id, unit_id=form.unit_id) for form in mine
        )
        plans = PROVINCE_SEATS if keeper == "VL" else district_seats(keeper)
        _seats(stage, council, plans, mine)


def _short(name: str) -> str:
    return title_of(name).removeprefix("UBND ") if not name.startswith("Tỉnh") else f"t{name[1:]}"


def _seats(stage: Stage, council: m.Council, plans: Sequence[SeatPlan], forms: Sequence[m.Assessment]) -> None:
    seats = {
        plan.login: m.Seat(
            council_id=council.id,
            account_id=stage.account(plan.login),
            unit_id=council.unit_id,
            function=plan.function,
            valid_from=stage.days.on(-28),
        )
        for plan in plans
    }
    db.session.add_all(seats.values())
    db.session.flush()
    sets = sorted({form.criteria_set_id for form in forms})
    chair = next(stage.account(plan.login) for plan in plans if plan.function is Function.CHAIR)
    benches = {set_id: Bench({}, {}, chair) for set_id in sets}
    for plan in plans:
        for set_id in sets:
            for criterion in _charge(stage.criteria[set_id], plan):
                db.session.add(
                    m.Assignment(seat_id=seats[plan.login].id, criterion_id=criterion.id, owner_unit_id=council.unit_id)
                )
                _note(benches[set_id], plan, criterion, stage)
    for form in forms:
        usual = benches[form.criteria_set_id]
        bench = stage.benches[form.unit_id] = Bench(dict(usual.helpers), dict(usual.members), chair)
        for plan in plans:
            if stage.units[plan.home].id == form.unit_id:
                _stand_in(stage, plans, plan, seats, form, bench)
    db.session.flush()


def _stand_in(
    stage: Stage,
    plans: Sequence[SeatPlan],
    plan: SeatPlan,
    seats: Mapping[str, m.Seat],
    form: m.Assessment,
    bench: Bench,
) -> None:
    """Let the next seat of the same function judge the unit that somebody is of (Điều 13)."""
    alike = [one for one in plans if one.function is plan.function]
    later = [*alike[alike.index(plan) + 1 :], *alike]
    other = next(one for one in later if one.home != plan.home)
    for criterion in _charge(stage.criteria[form.criteria_set_id], plan):
        seat = seats[other.login]
        db.session.add(
            m.Assignment(seat_id=seat.id, criterion_id=criterion.id, unit_id=form.unit_id, owner_unit_id=seat.unit_id)
        )
        _note(bench, other, criterion, stage)


def _note(bench: Bench, plan: SeatPlan, criterion: m.Criterion, stage: Stage) -> None:
    if plan.function is Function.HELPER:
        below = (c for c in stage.criteria[criterion.set_id] if criterion.path <= c.path < criterion.path_end)
        bench.helpers.update({c.id: stage.account(plan.login) for c in below})
    elif plan.function is Function.MEMBER:
        bench.members[criterion.code] = stage.account(plan.login)


def _charge(criteria: Sequence[m.Criterion], plan: SeatPlan) -> Iterable[m.Criterion]:
    """Return the highest rows whose leaves are all in the charge of a seat."""
    if plan.fields:
        return [c for c in criteria if c.parent_id is None and c.code in plan.fields]
    leaves = [c for c in criteria if c.is_leaf]
    mine = [
        c
        for c in criteria
        if all(appraiser(leaf) == plan.appraiser for leaf in leaves if c.path <= leaf.path < c.path_end)
    ]
    inside = {c.id for c in mine}
    return [c for c in mine if c.parent_id not in inside]


def appraiser(leaf: m.Criterion) -> str:
    """Return who appraises a leaf; what names nobody (bonus and penalty) is with Sở Nội vụ."""
    return leaf.rule.appraiser or "Sở Nội vụ"

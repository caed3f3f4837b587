"""What holds for every rule, every input and every set of leaves (hypothesis looks for a counter-example)."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from rules.bands import Bands
from rules.criteria import InputFault, InputKind, parse_rule
from rules.rounding import POINT_PLACES, half_up, plain
from rules.totals import Caps, Leaf, subtotals, totals
from rules.vocabulary import CriterionKind, Method

MAXIMA = st.decimals("0.01", 40, places=2)
ZERO_ANSWERS = st.sampled_from(["not_applicable", "full", "zero"])
PERCENTS = st.integers(1, 100).map(Decimal)


@st.composite
def choice_rules(draw):
    maximum = draw(MAXIMA)
    points = [maximum, *draw(st.lists(st.decimals(0, maximum, places=2), min_size=1, max_size=4))]
    options = [
        {"label": f"Mức {place}", "points": plain(value)} for place, value in enumerate(draw(st.permutations(points)))
    ]
    return Method.CHOICE, {"options": options}, maximum


@st.composite
def checklist_rules(draw):
    parts = draw(st.lists(MAXIMA, min_size=1, max_size=5))
    items = [{"label": f"Phần {place}", "points": plain(value)} for place, value in enumerate(parts)]
    return Method.CHECKLIST, {"items": items}, sum(parts)


@st.composite
def band_rules(draw):
    """Cut the line at some bounds, each bound included on one of its sides."""
    maximum = draw(MAXIMA)
    cuts = sorted(draw(st.sets(PERCENTS, min_size=1, max_size=4)))
    upper_takes = [draw(st.booleans()) for _ in cuts]
    points = [maximum, *draw(st.lists(st.decimals(0, maximum, places=2), min_size=len(cuts), max_size=len(cuts)))]
    bands = []
    for place, value in enumerate(draw(st.permutations(points))):
        band = {"points": plain(value)}
        if place > 0:
            band["from" if upper_takes[place - 1] else "above"] = plain(cuts[place - 1])
        if place < len(cuts):
            band["to_below" if upper_takes[place] else "to"] = plain(cuts[place])
        bands.append(band)
    raw = {"bands": draw(st.permutations(bands)), "rate_only": draw(st.booleans()), "may_exceed": draw(st.booleans())}
    return Method.BANDS, {**raw, "when_denominator_zero": draw(ZERO_ANSWERS)}, maximum


@st.composite
def proportional_rules(draw):
    raw = {"numerator": "Tử số", "denominator": "Mẫu số", "when_denominator_zero": draw(ZERO_ANSWERS)}
    floor, full = sorted([draw(PERCENTS), draw(PERCENTS)])
    if draw(st.booleans()):
        raw["zero_below_percent"] = plain(floor)
    if draw(st.booleans()):
        raw["full_from_percent"] = plain(full)
    return Method.PROPORTIONAL, {**raw, "may_exceed": draw(st.booleans())}, draw(MAXIMA)


@st.composite
def step_rules(draw):
    method = draw(st.sampled_from([Method.DEDUCT_STEP, Method.ACCUMULATE, Method.PENALTY_STEP]))
    maximum = draw(MAXIMA)
    raw = {"per": plain(draw(st.decimals("0.01", 50, places=2))), "unit": "lần"}
    limit = draw(st.decimals("0.01", maximum, places=2))
    if method is Method.DEDUCT_STEP:
        raw |= {"start": plain(limit), "floor": plain(draw(st.decimals(0, limit, places=2)))}
    elif draw(st.booleans()):
        raw["cap"] = plain(limit)
    return method, raw, maximum


FLAG_RULES = MAXIMA.map(lambda maximum: (Method.ALL_OR_NOTHING, {"condition": "Đạt"}, maximum))
NO_KEYS: dict[str, str] = {}
SURVEY_RULES = MAXIMA.map(lambda maximum: (Method.SURVEY, NO_KEYS, maximum))
RULES = st.one_of(
    choice_rules(), checklist_rules(), band_rules(), proportional_rules(), step_rules(), FLAG_RULES, SURVEY_RULES
)
NUMBERS = st.one_of(
    st.integers(0, 120).map(str), st.decimals(0, 120, places=2).map(str), st.integers(0, 10**14).map(str), st.just("0")
)


@st.composite
def typed(draw, rule):
    """Type something for every input; comma or point as it comes."""
    raw = {}
    for spec in rule.inputs:
        values = [choice.value for choice in spec.choices]
        match spec.kind:
            case InputKind.OPTION:
                raw[spec.name] = draw(st.sampled_from(values))
            case InputKind.PARTS:
                raw[spec.name] = draw(st.lists(st.sampled_from(values)))
            case InputKind.FLAG:
                raw[spec.name] = draw(st.sampled_from(["0", "1"]))
            case _:
                text = draw(NUMBERS)
                raw[spec.name] = draw(st.sampled_from([text, text.replace(".", ",")]))
    return raw


@given(RULES, st.data())
def test_points_lie_within_0_and_the_maximum(made, data):
    method, raw, maximum = made
    rule = parse_rule(method, raw, maximum)
    try:
        inputs = rule.read(data.draw(typed(rule)))
    except InputFault:
        assume(False)  # refused figures have no points
    outcome = rule.points(inputs)
    if outcome.not_applicable:
        assert outcome.points is None
        assert rule.to_json()["when_denominator_zero"] == "not_applicable"
    else:
        assert outcome.points is not None
        assert 0 <= outcome.points <= maximum
        assert outcome.points == half_up(outcome.points, POINT_PLACES)
    assert str(outcome.arithmetic)


@given(RULES, st.data())
def test_reading_what_was_read_changes_nothing(made, data):
    rule = parse_rule(*made)
    try:
        inputs = rule.read(data.draw(typed(rule)))
    except InputFault:
        assume(False)
    again = {name: value.replace(".", ",") if isinstance(value, str) else value for name, value in inputs.items()}
    assert rule.read(again) == inputs


@given(RULES)
def test_a_rule_is_the_same_after_a_way_through_json(made):
    method, raw, maximum = made
    rule = parse_rule(method, raw, maximum)
    assert parse_rule(method, rule.to_json(), maximum) == rule


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.lists(st.text(max_size=3), max_size=3),
    st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
)
NAMES = st.sampled_from(["option", "met", "parts", "count", "numerator", "denominator", "rate", "layer"])


@given(RULES, st.dictionaries(NAMES, ANYTHING))
def test_whatever_is_sent_is_read_or_refused_with_a_sentence(made, raw):
    rule = parse_rule(*made)
    names = {spec.name for spec in rule.inputs}
    refused = {}
    inputs = {}
    try:
        inputs = rule.read(raw)
    except InputFault as fault:
        refused = fault.faults
    assert set(inputs) == names or (refused and set(refused) <= names)
    if inputs:
        outcome = rule.points(inputs)
        assert (outcome.points is None) is outcome.not_applicable


@given(band_rules(), st.fractions(0, 100))
def test_every_rate_lies_in_exactly_one_band(made, rate):
    rule = parse_rule(*made)
    assert isinstance(rule, Bands)
    assert sum(band.holds(rate) for band in rule.bands) == 1


@given(proportional_rules(), st.integers(0, 500), st.integers(0, 500), st.integers(1, 500))
def test_more_of_the_whole_never_gives_fewer_points(made, one, other, whole):
    rule = parse_rule(*made)
    less, more = sorted([one, other])
    assume(more <= whole)
    low, high = (rule.points({"numerator": str(part), "denominator": str(whole)}).points for part in (less, more))
    assert low is not None
    assert high is not None
    assert low <= high


LEAF_KINDS = [CriterionKind.CRITERION, CriterionKind.SUBCRITERION, CriterionKind.BONUS, CriterionKind.PENALTY]


@st.composite
def leaves(draw):
    kind = draw(st.sampled_from(LEAF_KINDS))
    maximum = draw(MAXIMA)
    outside = kind in (CriterionKind.BONUS, CriterionKind.PENALTY)
    points = draw(st.none() | st.decimals(0, maximum * 2 if outside else maximum, places=4))
    field = "9" if outside else draw(st.sampled_from("12345"))
    return Leaf(f"{field}.{draw(st.integers(1, 99))}", field, kind, maximum, points, draw(st.booleans()))


LEAVES = st.lists(leaves(), max_size=30)
CAPS = st.builds(Caps, st.none() | st.decimals(0, 5, places=2), st.none() | st.decimals(0, 5, places=2))


@given(LEAVES, CAPS, st.booleans(), st.randoms(use_true_random=False))
def test_totals_are_the_sum_of_leaves_in_any_order(members, caps, provisional, chance):
    result = totals(subtotals(members, provisional=provisional), caps=caps)
    inside = [leaf for leaf in members if not leaf.outside and not leaf.not_applicable]
    assert result.achieved == sum(leaf.points for leaf in inside if leaf.points is not None)
    counted = [leaf for leaf in inside if leaf.points is not None or not provisional]
    assert result.maximum == sum(leaf.maximum for leaf in counted)
    chance.shuffle(members)
    assert totals(subtotals(members, provisional=provisional), caps=caps) == result


@given(LEAVES, CAPS, st.booleans())
def test_points_and_index_stay_within_their_bounds(members, caps, provisional):
    parts = subtotals(members, provisional=provisional)
    for part in parts.values():
        assert 0 <= part.achieved <= part.maximum
        assert 0 <= part.scored <= part.leaves
    result = totals(parts, caps=caps)
    assert 0 <= result.achieved <= result.maximum
    assert (result.index is None) is (result.maximum == 0)
    assert result.index is None or 0 <= result.index <= 100


@given(st.lists(leaves(), min_size=1, max_size=30), st.data())
def test_setting_a_leaf_not_applicable_never_raises_points_above_the_maximum(members, data):
    place = data.draw(st.integers(0, len(members) - 1))
    old = members[place]
    members[place] = Leaf(old.code, old.field, old.kind, old.maximum, old.points, not_applicable=True)
    result = totals(subtotals(members))
    assert result.achieved <= result.maximum
    assert result.index is None or result.index <= 100


@given(LEAVES)
def test_the_index_without_bonus_and_penalty_is_the_plain_quotient(members):
    result = totals(subtotals(members), Decimal(0), Decimal(0))
    if result.index is None:
        assert result.maximum == 0
        return
    assert result.index * Fraction(result.maximum) == 100 * Fraction(result.achieved)


@pytest.mark.parametrize("maximum", ["0.01", "2.5", "40"])
def test_all_met_gives_the_maximum_and_nothing_met_gives_0(maximum):
    rule = parse_rule(
        Method.PROPORTIONAL, {"numerator": "a", "denominator": "b", "when_denominator_zero": "zero"}, Decimal(maximum)
    )
    assert rule.points({"numerator": "17", "denominator": "17"}).points == Decimal(maximum)
    assert rule.points({"numerator": "0", "denominator": "17"}).points == 0

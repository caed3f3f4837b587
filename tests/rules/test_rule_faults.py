"""A scoring rule that cannot stand is refused with the key and the remedy; one that stands comes back as it was."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rules.criteria import RuleFault, parse_rule
from rules.vocabulary import Method

OPTIONS = [{"label": "Có", "points": "1"}, {"label": "Không", "points": "0"}]
BANDS = [{"from": "80", "to_below": None, "points": "1"}, {"from": None, "to_below": "80", "points": "0"}]
SOUND: dict[str, dict[str, Any]] = {
    "sum": {},
    "choice": {"options": OPTIONS},
    "bands": {"bands": BANDS, "when_denominator_zero": "zero"},
    "proportional": {
        "numerator": "Số đạt",
        "denominator": "Tổng số",
        "formula": "numerator / denominator * max_points",
        "when_denominator_zero": "full",
    },
    "all_or_nothing": {"condition": "Có quy chế"},
    "deduct_step": {"start": "max_points", "per": "0.5", "unit": "lần", "floor": "0"},
    "accumulate": {"per": "0.5", "unit": "lần", "cap": "max_points"},
    "checklist": {"items": [{"label": "Một", "points": "0.4"}, {"label": "Hai", "points": "0.6"}]},
    "survey": {"formula": "mean_rate_percent / 100 * max_points", "self_scored": False},
    "penalty_step": {"per": "0.5", "unit": "lần", "cap": "max_points"},
    "sum_capped": {"bonus_cap": "2", "penalty_cap": "3"},
}
COMMON = {
    "appraiser": "Sở Nội vụ",
    "guidance": "Tính theo chữ ký số",
    "evidence": "Kế hoạch",
    "not_applicable_for": "đơn vị không có thủ tục hành chính",
    "may_be_not_applicable": True,
    "outside_100": True,
}


def faults_of(method, raw, maximum="1"):
    with pytest.raises(RuleFault) as refused:
        parse_rule(Method(method), raw, None if maximum is None else Decimal(maximum))
    return [(key, str(message)) for key, message in refused.value.faults]


def one_fault(method, raw, maximum="1"):
    (fault,) = faults_of(method, raw, maximum)
    return fault


def lines(*bands):
    """Write bands as ``from|above low to|to_below high points``, with ``-`` for an open bound."""
    table = []
    for band in bands:
        low_key, low, high_key, high, points = band.split()
        bounds = {low_key: None if low == "-" else low, high_key: None if high == "-" else high}
        table.append({**bounds, "points": points})
    return table


@pytest.mark.parametrize("method", list(Method))
def test_a_rule_of_every_method_comes_back_with_the_same_keys(method):
    raw = {"type": method.value, **SOUND[method], **COMMON}
    rule = parse_rule(method, raw, Decimal(1))
    assert rule.to_json() == raw
    assert {key: getattr(rule, key) for key in COMMON} == COMMON
    assert parse_rule(method, rule.to_json(), Decimal(1)) == rule


@pytest.mark.parametrize("method", list(Method))
def test_what_is_not_said_is_not_written(method):
    rule = parse_rule(method, SOUND[method], Decimal(1))
    assert rule.to_json() == {"type": method.value, **SOUND[method]}
    assert (rule.appraiser, rule.may_be_not_applicable) == ("", False)


@pytest.mark.parametrize("method", list(Method))
def test_unknown_keys_and_another_type_are_refused(method):
    faults = dict(faults_of(method, {**SOUND[method], "type": "magic", "weight": "2"}))
    assert faults["type"].endswith(f"write {method.value}.")
    assert "Unknown setting" in faults["weight"]
    assert set(faults) == {"type", "weight"}


@pytest.mark.parametrize("method", [method for method in Method if method not in (Method.SUM, Method.SUM_CAPPED)])
@pytest.mark.parametrize("maximum", [None, "0", "-1", "NaN", "Infinity", "0.12345"])
def test_a_leaf_needs_a_maximum_above_0(method, maximum):
    assert [key for key, _ in faults_of(method, SOUND[method], maximum)] == ["max_points"]


@pytest.mark.parametrize("method", [method for method in Method if method not in (Method.SUM, Method.SURVEY)])
def test_an_empty_rule_names_what_is_missing(method):
    required = {
        "choice": {"options"},
        "bands": {"bands", "when_denominator_zero"},
        "proportional": {"numerator", "denominator", "when_denominator_zero"},
        "all_or_nothing": {"condition"},
        "deduct_step": {"per", "unit"},
        "accumulate": {"per", "unit"},
        "checklist": {"items"},
        "penalty_step": {"per", "unit"},
        "sum_capped": {"bonus_cap", "penalty_cap"},
    }
    assert {key for key, _ in faults_of(method, {})} == required[method]


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("appraiser", 5, "quotation marks"),
        ("guidance", ["a"], "quotation marks"),
        ("may_be_not_applicable", "yes", "true or false"),
        ("may_be_not_applicable", 1, "true or false"),
        ("outside_100", {}, "true or false"),
        ("type", ["sum"], "differ"),
    ],
)
def test_common_keys_have_their_form(key, value, why):
    fault = one_fault("sum", {key: value})
    assert fault[0] == key
    assert why in fault[1]


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ([], "at least one line"),
        ("Có", "at least one line"),
        ({"Có": "1"}, "at least one line"),
        (OPTIONS[:1], "at least two"),
        ([*OPTIONS, "Một phần"], "Line 3: only these settings"),
        (
            [*OPTIONS, {"label": "Một phần", "points": "0.5", "score": "1"}],
            "Line 3: only these settings: label, points",
        ),
        ([*OPTIONS, {"label": "Một phần", "points": "1.5"}], "Line 3: At most 1"),
        ([*OPTIONS, {"label": "Một phần", "points": "-0.5"}], "Line 3: A negative number"),
        ([*OPTIONS, {"label": "Một phần", "points": "0.12345"}], "Line 3: Too many decimals"),
        ([*OPTIONS, {"label": "Một phần"}], "Line 3: Enter a number"),
        ([*OPTIONS, {"label": "Một phần", "points": True}], "Line 3: Write the digits"),
        ([*OPTIONS, {"label": " ", "points": "0.5"}], "Line 3: Enter a text"),
        ([*OPTIONS, {"points": "0.5"}], "Line 3: Enter a text"),
        ([*OPTIONS, {"label": "có ", "points": "0.5"}], "Line 3: This text stands there twice"),
        ([{"label": "Có", "points": "0.5"}, OPTIONS[1]], "must give the maximum of 1"),
    ],
)
def test_options_are_checked_line_by_line(options, why):
    key, message = one_fault("choice", {"options": options})
    assert key == "options"
    assert why in message


@pytest.mark.parametrize(("points", "total"), [(("0.4", "0.5"), "0.9"), (("0.5", "0.6"), "1.1"), (("1", "1"), "2")])
def test_parts_of_a_checklist_add_up_to_the_maximum(points, total):
    items = [{"label": str(place), "points": part} for place, part in enumerate(points)]
    key, message = one_fault("checklist", {"items": items})
    assert key == "items"
    assert f"add up to {total}, not to the maximum of 1" in message


@pytest.mark.parametrize(
    ("bands", "why"),
    [
        (lines("from 80 to_below - 1", "from - to_below 70 0"), "gap"),
        (lines("above 80 to_below - 1", "from - to_below 80 0"), "gap"),
        (lines("from 80 to_below - 1", "from - to_below 90 0"), "overlap"),
        (lines("from 80 to_below - 1", "from - to 80 0"), "The rate 80 % lies in two bands"),
        (lines("from 80 to_below - 1", "from 50 to_below 80 0.5"), "Low rates have no band"),
        (lines("from 80 to_below - 1", "above 0 to_below 80 0.5"), "Low rates have no band"),
        (lines("from 80 to_below 100 1", "from - to_below 80 0"), "High rates have no band"),
        (lines("from 80 to_below - 1", "from - to_below 80 0", "from 90 to 95 0.5"), "overlap"),
        (lines("from - to_below - 1", "from - to_below - 0"), "overlap"),
        (lines("from 80 to_below - 0.5", "from - to_below 80 0"), "One band must give the maximum"),
        (lines("from 80 to_below - 1", "from - to_below 80 2"), "Line 2: At most 1"),
        (lines("from 80 to_below - 1", "from - to_below tám 0"), "Line 2: Write the digits"),
        ([{"from": "80", "above": "80", "points": "1"}, {"to_below": "80", "points": "0"}], "from or above, not both"),
        ([{"from": "80", "points": "1"}, {"to_below": "80", "to": "80", "points": "0"}], "to_below or to, not both"),
        ([{"from": "80", "points": "1"}, {"upto": "80", "points": "0"}], "Line 2: only these settings"),
        ([], "at least one line"),
    ],
)
def test_bands_cover_every_rate_once(bands, why):
    key, message = one_fault("bands", {"bands": bands, "when_denominator_zero": "zero"})
    assert key == "bands"
    assert why in message


def test_a_band_without_any_rate_is_named():
    bands = lines("from 80 to_below - 1", "from 80 to_below 80 0.5", "from - to_below 80 0")
    key, message = one_fault("bands", {"bands": bands, "when_denominator_zero": "zero"})
    assert (key, "80-<80 holds no rate" in message) == ("bands", True)


@pytest.mark.parametrize(
    "bands",
    [
        lines("from 0 to_below 80 0", "from 80 to 100 1"),
        lines("from 100 to 100 1", "from - to_below 100 0"),
        lines("above 100 to_below - 1", "from 100 to 100 0.5", "from - to_below 100 0"),
        lines("from - to 50 0", "above 50 to 90 0.5", "above 90 to_below - 1"),
        lines("from - to_below - 1"),
    ],
)
def test_bands_that_meet_in_any_form_are_sound(bands):
    rule = parse_rule(Method.BANDS, {"bands": bands, "when_denominator_zero": "zero"}, Decimal(1))
    assert rule.to_json()["bands"] == bands


def test_a_top_of_100_does_not_cover_rates_that_may_exceed_it():
    raw = {"bands": lines("from - to_below 80 0", "from 80 to 100 1"), "when_denominator_zero": "zero"}
    assert parse_rule(Method.BANDS, raw, Decimal(1))
    key, message = one_fault("bands", {**raw, "may_exceed": True})
    assert (key, "High rates" in message) == ("bands", True)


@pytest.mark.parametrize(
    ("method", "changed", "key", "why"),
    [
        ("bands", {"when_denominator_zero": "half"}, "when_denominator_zero", "one of: not_applicable, full, zero"),
        ("bands", {"when_denominator_zero": []}, "when_denominator_zero", "one of"),
        ("proportional", {"when_denominator_zero": None}, "when_denominator_zero", "State what holds"),
        ("proportional", {"formula": "numerator * 2"}, "formula", 'allows only "'),
        ("proportional", {"zero_below_percent": "101"}, "zero_below_percent", "At most 100"),
        ("proportional", {"full_from_percent": "100.5"}, "full_from_percent", "At most 100"),
        ("proportional", {"full_from_percent": "0"}, "full_from_percent", "above 0"),
        ("proportional", {"zero_below_percent": "tám"}, "zero_below_percent", "digits"),
        ("proportional", {"zero_below_percent": "90", "full_from_percent": "80"}, "zero_below_percent", "overlap"),
        ("proportional", {"numerator": " "}, "numerator", "Enter a text"),
        ("proportional", {"may_exceed": "1"}, "may_exceed", "true or false"),
        ("deduct_step", {"per": "0"}, "per", "above 0"),
        ("deduct_step", {"per": "NaN"}, "per", "digits"),
        ("deduct_step", {"start": "2"}, "start", "At most 1"),
        ("deduct_step", {"start": "0"}, "start", "above 0"),
        ("deduct_step", {"floor": "1.5"}, "floor", "At most 1"),
        ("deduct_step", {"start": "0.5", "floor": "0.6"}, "floor", "At most 0.5"),
        ("accumulate", {"cap": "1.01"}, "cap", "At most 1"),
        ("accumulate", {"cap": "no"}, "cap", "digits"),
        ("penalty_step", {"unit": ""}, "unit", "Enter a text"),
        ("survey", {"self_scored": True}, "self_scored", "allows only false:"),
        ("survey", {"formula": "x"}, "formula", 'allows only "'),
        ("sum_capped", {"bonus_cap": "101"}, "bonus_cap", "At most 100"),
        ("sum_capped", {"penalty_cap": "-1"}, "penalty_cap", "negative"),
    ],
)
def test_settings_of_a_method_are_checked(method, changed, key, why):
    fault = one_fault(method, {**SOUND[method], **changed})
    assert fault[0] == key
    assert why in fault[1]


def test_all_faults_come_at_once():
    faults = faults_of("deduct_step", {"per": "x", "unit": "", "floor": "9", "note": "?"})
    assert {key for key, _ in faults} == {"per", "unit", "floor", "note"}


def test_json_numbers_without_quotation_marks_are_exact():
    rule = parse_rule(Method.DEDUCT_STEP, {"per": 0.1, "unit": "lần", "floor": 0}, Decimal(1))
    assert rule.points({"count": "3"}).points == Decimal("0.7")
    assert rule.to_json()["per"] == "0.1"


def test_rate_only_bands_need_no_answer_to_a_zero_denominator():
    raw = {"type": "bands", "bands": BANDS, "rate_only": True}
    assert parse_rule(Method.BANDS, raw, Decimal(1)).to_json() == raw

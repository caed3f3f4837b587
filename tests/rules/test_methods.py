"""Every method at every bound: inputs as typed, points, and the arithmetic a person reads."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rules.criteria import InputFault, InputKind, parse_rule
from rules.vocabulary import Method

FIGURES = {"numerator": "Số hồ sơ đúng hạn", "denominator": "Số hồ sơ"}


def rule_of(method, maximum, **raw):
    return parse_rule(Method(method), raw, None if maximum is None else Decimal(maximum))


def score(rule, **typed):
    return rule.points(rule.read(typed))


def faults(rule, **typed):
    with pytest.raises(InputFault) as refused:
        rule.read(typed)
    return {name: str(message) for name, message in refused.value.faults.items()}


# --- choice ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def choice():
    options = [{"label": "Trong tháng 01", "points": "0.5"}, {"label": "Từ tháng 02", "points": "0"}]
    return rule_of("choice", "0.5", options=options)


@pytest.mark.parametrize(
    ("option", "points", "words"),
    [("0", "0.5", "Trong tháng 01 → 0.50 points"), ("1", "0", "Từ tháng 02 → 0.00 points")],
)
def test_a_choice_gives_the_points_of_its_option(choice, option, points, words):
    outcome = score(choice, option=option)
    assert (outcome.points, str(outcome.arithmetic)) == (Decimal(points), words)
    assert outcome.not_applicable is False


@pytest.mark.parametrize("option", [None, "", "2", "-1", "00", "１", "Trong tháng 01", ["0"]])
def test_a_choice_takes_only_its_options(choice, option):
    assert faults(choice, option=option) == {"option": "Choose one of the options."}


def test_a_choice_tells_the_form_its_options(choice):
    (spec,) = choice.inputs
    assert spec.kind is InputKind.OPTION
    assert spec.choices == (("0", "Trong tháng 01", Decimal("0.5")), ("1", "Từ tháng 02", Decimal(0)))


# --- bands ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def bands():
    table = [
        {"from": "100", "to_below": None, "points": "1"},
        {"from": "80", "to_below": "100", "points": "0.5"},
        {"from": None, "to_below": "80", "points": "0"},
    ]
    return rule_of("bands", "1", input="Tỷ lệ (%)", bands=table, when_denominator_zero="not_applicable")


@pytest.mark.parametrize(
    ("numerator", "denominator", "points", "words"),
    [
        ("41", "48", "0.5", "41/48 = 85.42 % → in the band 80-<100 → 0.50 points"),
        ("48", "48", "1", "48/48 = 100.00 % → in the band from 100 → 1.00 points"),
        ("4", "5", "0.5", "4/5 = 80.00 % → in the band 80-<100 → 0.50 points"),
        ("0", "7", "0", "0/7 = 0.00 % → in the band below 80 → 0.00 points"),
        # The unrounded quotient counts, and what is shown never contradicts it.
        ("79999", "100000", "0", "79999/100000 = 79.999 % → in the band below 80 → 0.00 points"),
        ("99999", "100000", "0.5", "99999/100000 = 99.999 % → in the band 80-<100 → 0.50 points"),
        ("7,5", "8.25", "0.5", "7.5/8.25 = 90.91 % → in the band 80-<100 → 0.50 points"),
    ],
)
def test_a_rate_falls_into_its_band(bands, numerator, denominator, points, words):
    outcome = score(bands, numerator=numerator, denominator=denominator)
    assert (outcome.points, str(outcome.arithmetic)) == (Decimal(points), words)


@pytest.mark.parametrize(
    ("rate", "points", "band"),
    [
        ("90", "0.5", "in the band >70-90"),
        ("90,0001", "1", "in the band above 90"),
        ("70", "0.25", "in the band 50-70"),
        ("70.0001", "0.5", "in the band >70-90"),
        ("50", "0.25", "in the band 50-70"),
        ("49.9999", "0", "in the band below 50"),
        ("0", "0", "in the band below 50"),
        ("100", "1", "in the band above 90"),
    ],
)
def test_a_typed_rate_meets_bounds_of_all_four_kinds(rate, points, band):
    table = [
        {"above": "90", "points": "1"},
        {"above": "70", "to": "90", "points": "0.5"},
        {"from": "50", "to": "70", "points": "0.25"},
        {"to_below": "50", "points": "0"},
    ]
    rule = rule_of("bands", "1", rate_only=True, bands=table)
    outcome = score(rule, rate=rate)
    assert outcome.points == Decimal(points)
    assert f"{band} → " in str(outcome.arithmetic)
    assert [spec.kind for spec in rule.inputs] == [InputKind.RATE]


def test_remaining_forms_of_a_band_are_worded():
    table = [
        {"above": "90", "to_below": "95", "points": "1"},
        {"from": "95", "points": "1"},
        {"to": "90", "points": "0"},
    ]
    rule = rule_of("bands", "1", rate_only=True, bands=table)
    assert str(score(rule, rate="92").arithmetic) == "92.00 % → in the band >90-<95 → 1.00 points"
    assert str(score(rule, rate="90").arithmetic) == "90.00 % → in the band up to 90 → 0.00 points"


def test_a_typed_rate_above_100_needs_leave():
    table = [{"from": "100", "points": "1"}, {"to_below": "100", "points": "0"}]
    strict = rule_of("bands", "1", rate_only=True, bands=table)
    assert faults(strict, rate="100,01") == {"rate": "At most 100."}
    free = rule_of("bands", "1", rate_only=True, may_exceed=True, bands=table)
    assert score(free, rate="112,5").points == 1


def test_the_label_of_a_rate_is_text_of_the_rule(bands):
    assert bands.rate_label == "Tỷ lệ (%)"
    assert [spec.name for spec in bands.inputs] == ["numerator", "denominator"]


# --- proportional ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "numerator", "denominator", "points", "words"),
    [
        ({}, "1", "3", "0.3333", "1/3 = 33.33 % × 1.00 → 0.3333 points"),
        ({}, "2", "3", "0.6667", "2/3 = 66.67 % × 1.00 → 0.6667 points"),
        ({}, "3", "3", "1", "3/3 = 100.00 % → maximum from 100 % on → 1.00 points"),
        ({}, "0", "3", "0", "0/3 = 0.00 % × 1.00 → 0.00 points"),
        ({"zero_below_percent": "80"}, "8", "10", "0.8", "8/10 = 80.00 % × 1.00 → 0.80 points"),
        (
            {"zero_below_percent": "80"},
            "79999",
            "100000",
            "0",
            "79999/100000 = 79.999 % → below 80 % → 0.00 points",
        ),
        (
            {"full_from_percent": "95"},
            "95",
            "100",
            "1",
            "95/100 = 95.00 % → maximum from 95 % on → 1.00 points",
        ),
        ({"full_from_percent": "95"}, "94999", "100000", "0.95", "94999/100000 = 94.999 % × 1.00 → 0.95 points"),
        (
            {"zero_below_percent": "70", "full_from_percent": "70"},
            "7",
            "10",
            "1",
            "7/10 = 70.00 % → maximum from 70 % on → 1.00 points",
        ),
    ],
)
def test_points_in_proportion(settings, numerator, denominator, points, words):
    rule = rule_of("proportional", "1", **FIGURES, when_denominator_zero="zero", **settings)
    outcome = score(rule, numerator=numerator, denominator=denominator)
    # 94.999 % of 1 point is 0.94999, which four places hold as 0.9500.
    assert (outcome.points, str(outcome.arithmetic)) == (Decimal(points), words)


def test_points_are_rounded_once_from_the_exact_quotient():
    rule = rule_of("proportional", "4", **FIGURES, when_denominator_zero="zero")
    outcome = score(rule, numerator="2", denominator="3")
    # From the shown 66.67 % it would be 2.6668.
    assert outcome.points == Decimal("2.6667")
    assert "66.67 %" in str(outcome.arithmetic)


@pytest.mark.parametrize(
    ("answer", "points", "not_applicable", "words"),
    [
        ("not_applicable", None, True, "The denominator is 0: not applicable"),
        ("full", "2", False, "The denominator is 0: maximum → 2.00 points"),
        ("zero", "0", False, "The denominator is 0 → 0.00 points"),
    ],
)
@pytest.mark.parametrize("method", ["proportional", "bands"])
def test_three_answers_to_a_zero_denominator(method, answer, points, not_applicable, words):
    raw = dict(FIGURES, when_denominator_zero=answer)
    if method == "bands":
        raw["bands"] = [{"from": "50", "points": "2"}, {"to_below": "50", "points": "0"}]
    outcome = score(rule_of(method, "2", **raw), numerator="0", denominator="0,0")
    assert outcome.points == (None if points is None else Decimal(points))
    assert outcome.not_applicable is not_applicable
    assert str(outcome.arithmetic) == words


def test_the_part_cannot_exceed_the_whole_unless_the_rule_says_so():
    strict = rule_of("proportional", "1", **FIGURES, when_denominator_zero="zero")
    assert faults(strict, numerator="12,5", denominator="12") == {
        "numerator": "12.5 is more than 12: the part cannot exceed the whole, correct one of them."
    }
    assert "numerator" in faults(strict, numerator="1", denominator="0")
    free = rule_of("proportional", "1", **FIGURES, when_denominator_zero="zero", may_exceed=True)
    outcome = score(free, numerator="15", denominator="12")
    assert outcome.points == 1
    assert str(outcome.arithmetic) == "15/12 = 125.00 % → maximum from 100 % on → 1.00 points"


def test_figures_are_stored_in_one_plain_form():
    rule = rule_of("proportional", "1", **FIGURES, when_denominator_zero="zero")
    assert rule.read({"numerator": " 007,50 ", "denominator": "1200.0", "status": "approved"}) == {
        "numerator": "7.5",
        "denominator": "1200",
    }


def test_every_faulty_figure_is_named():
    rule = rule_of("proportional", "1", **FIGURES, when_denominator_zero="zero")
    assert set(faults(rule, numerator="NaN", denominator="")) == {"numerator", "denominator"}
    assert set(faults(rule, numerator="1,00001")) == {"numerator", "denominator"}
    assert set(faults(rule, numerator="1.200", denominator="1300")) == {"numerator"}


# --- all or nothing, checklist --------------------------------------------------------------------------------------


def test_all_or_nothing():
    rule = rule_of("all_or_nothing", "1.5", condition="Đúng quy trình")
    met, missed = score(rule, met="1"), score(rule, met="0")
    assert (met.points, str(met.arithmetic)) == (Decimal("1.5"), "Met → 1.50 points")
    assert (missed.points, str(missed.arithmetic)) == (Decimal(0), "Not met → 0.00 points")
    assert rule.inputs[0].label == "Đúng quy trình"
    for answer in (None, "", "2", "true", "on", 1):
        assert set(faults(rule, met=answer)) == {"met"}


@pytest.fixture
def checklist():
    items = [{"label": "Một", "points": "0.25"}, {"label": "Hai", "points": "0.25"}, {"label": "Ba", "points": "0.5"}]
    return rule_of("checklist", "1", items=items)


@pytest.mark.parametrize(
    ("parts", "stored", "points"),
    [
        ([], [], "0"),
        ([""], [], "0"),
        ("1", ["1"], "0.25"),
        (["2", "0"], ["0", "2"], "0.75"),
        (["1", "1"], ["1"], "0.25"),
        (["", "0", "1", "2"], ["0", "1", "2"], "1"),
    ],
)
def test_a_checklist_adds_its_met_parts(checklist, parts, stored, points):
    inputs = checklist.read({"parts": parts})
    assert inputs == {"parts": stored}
    outcome = checklist.points(inputs)
    assert outcome.points == Decimal(points)
    assert str(outcome.arithmetic).startswith(f"{len(stored)} of 3 parts met → ")


@pytest.mark.parametrize("parts", [None, "3", ["0", "3"], [0], [None], [["0"]], {"0": "1"}, 1])
def test_a_checklist_takes_only_its_parts(checklist, parts):
    assert set(faults(checklist, parts=parts)) == {"parts"}


# --- steps ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "count", "points", "words"),
    [
        ({}, "0", "1", "1.00 - 0 × 0.30 = 1.00 → 1.00 points"),
        ({}, "3", "0.1", "1.00 - 3 × 0.30 = 0.10 → 0.10 points"),
        ({}, "4", "0", "1.00 - 4 × 0.30 = -0.20 → not below 0.00 → 0.00 points"),
        ({"floor": "0.25"}, "3", "0.25", "1.00 - 3 × 0.30 = 0.10 → not below 0.25 → 0.25 points"),
        ({"floor": "0.4"}, "2", "0.4", "1.00 - 2 × 0.30 = 0.40 → 0.40 points"),
        ({"start": "0.8"}, "1", "0.5", "0.80 - 1 × 0.30 = 0.50 → 0.50 points"),
        ({}, "999999999999999", "0", None),
    ],
)
def test_a_deduction_per_fault_stops_at_the_floor(settings, count, points, words):
    rule = rule_of("deduct_step", "1", per="0.3", unit="báo cáo chậm", **settings)
    outcome = score(rule, count=count)
    assert outcome.points == Decimal(points)
    assert words is None or str(outcome.arithmetic) == words


@pytest.mark.parametrize(
    ("settings", "count", "points", "words"),
    [
        ({}, "0", "0", "0 × 0.40 = 0.00 → 0.00 points"),
        ({}, "2", "0.8", "2 × 0.40 = 0.80 → 0.80 points"),
        ({}, "3", "1", "3 × 0.40 = 1.20 → at most 1.00 → 1.00 points"),
        ({"cap": "0.8"}, "2", "0.8", "2 × 0.40 = 0.80 → 0.80 points"),
        ({"cap": "0.8"}, "3", "0.8", "3 × 0.40 = 1.20 → at most 0.80 → 0.80 points"),
    ],
)
def test_points_per_case_stop_at_the_cap(settings, count, points, words):
    outcome = score(rule_of("accumulate", "1", per="0.4", unit="sáng kiến", **settings), count=count)
    assert (outcome.points, str(outcome.arithmetic)) == (Decimal(points), words)


@pytest.mark.parametrize(
    ("count", "points", "words"),
    [
        ("0", "0", "0 × 0.25 = 0.00 → 0.00 points taken off"),
        ("4", "1", "4 × 0.25 = 1.00 → 1.00 points taken off"),
        ("5", "1", "5 × 0.25 = 1.25 → at most 1.00 → 1.00 points taken off"),
    ],
)
def test_a_penalty_is_a_size_up_to_its_cap(count, points, words):
    rule = rule_of("penalty_step", "1", per="0.25", unit="ngày chậm", cap="max_points", outside_100=True)
    outcome = score(rule, count=count)
    assert (outcome.points, str(outcome.arithmetic)) == (Decimal(points), words)
    assert rule.self_scored is False


@pytest.mark.parametrize("count", ["", "1,5", "-1", "1e3", "1.000", "1000000000000000", None, ["1"]])
@pytest.mark.parametrize("method", ["deduct_step", "accumulate", "penalty_step"])
def test_a_count_is_a_whole_number(method, count):
    assert set(faults(rule_of(method, "1", per="0.5", unit="lần"), count=count)) == {"count"}


# --- survey, groups -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rate", "points", "words"),
    [
        ("82,35", "2.0588", "82.35 % × 2.50 → 2.0588 points"),  # 2.05875, half up
        ("100", "2.5", "100.00 % × 2.50 → 2.50 points"),
        ("0", "0", "0.00 % × 2.50 → 0.00 points"),
        ("99,9999", "2.5", "99.9999 % × 2.50 → 2.50 points"),  # 2.4999975
    ],
)
def test_a_survey_counts_the_mean_rate(rate, points, words):
    rule = rule_of("survey", "2.5", survey="SIPAS", question="Tiếp cận dịch vụ")
    outcome = score(rule, rate=rate)
    assert (outcome.points, str(outcome.arithmetic)) == (Decimal(points), words)
    assert rule.self_scored is False


@pytest.mark.parametrize("rate", ["100,01", "101", "-1", "", "82,12345", "NaN"])
def test_a_survey_rate_lies_within_0_and_100(rate):
    assert set(faults(rule_of("survey", "2.5"), rate=rate)) == {"rate"}


def test_groups_have_nothing_to_enter_and_no_points_of_their_own():
    group = rule_of("sum", "12", appraiser="Sở Nội vụ")
    capped = rule_of("sum_capped", None, bonus_cap="2", penalty_cap="3", outside_100=True)
    for rule in (group, capped):
        assert rule.inputs == ()
        assert rule.read({"option": "1"}) == {}
        outcome = rule.points({})
        assert (outcome.points, outcome.not_applicable) == (None, False)
    assert (capped.caps.bonus, capped.caps.penalty) == (2, 3)

"""The small criteria set of the small province: every method once, a bonus and a penalty."""

from __future__ import annotations

from typing import Any

#: code, kind, name, maximum, method, rule, evidence required
CRITERIA: tuple[tuple[str, str, str, str | None, str, dict[str, Any], bool], ...] = (
    ("1", "field", "Chỉ đạo, điều hành", "60", "sum", {}, False),
    (
        "1.1",
        "criterion",
        "Ban hành kế hoạch",
        "10",
        "choice",
        {
            "options": [
                {"label": "Trong tháng 01", "points": "10"},
                {"label": "Trong tháng 02", "points": "5"},
                {"label": "Không ban hành", "points": "0"},
            ]
        },
        True,
    ),
    ("1.2", "criterion", "Thực hiện kế hoạch", "20", "sum", {}, False),
    (
        "1.2.1",
        "subcriterion",
        "Mức độ hoàn thành",
        "10",
        "proportional",
        {
            "numerator": "Số nhiệm vụ hoàn thành",
            "denominator": "Số nhiệm vụ trong kế hoạch",
            "formula": "numerator / denominator * max_points",
            "when_denominator_zero": "not_applicable",
            "zero_below_percent": "80",
        },
        True,
    ),
    (
        "1.2.2",
        "subcriterion",
        "Tỷ lệ đơn vị được kiểm tra",
        "10",
        "bands",
        {
            "input": "Tỷ lệ (%)",
            "bands": [
                {"from": "30", "to_below": None, "points": "10"},
                {"from": "20", "to_below": "30", "points": "5"},
                {"from": None, "to_below": "20", "points": "0"},
            ],
            "when_denominator_zero": "not_applicable",
        },
        True,
    ),
    ("1.3", "criterion", "Gắn với thi đua", "10", "all_or_nothing", {"condition": "Có quy định và đã áp dụng"}, True),
    (
        "1.4",
        "criterion",
        "Báo cáo định kỳ",
        "10",
        "deduct_step",
        {"start": "max_points", "per": "2.5", "unit": "báo cáo chậm", "floor": "0", "may_be_not_applicable": True},
        False,
    ),
    (
        "1.5",
        "criterion",
        "Sáng kiến",
        "10",
        "accumulate",
        {"per": "5", "unit": "sáng kiến", "cap": "max_points"},
        True,
    ),
    ("2", "field", "Thủ tục hành chính", "20", "sum", {}, False),
    (
        "2.1",
        "criterion",
        "Công khai",
        "10",
        "checklist",
        {"items": [{"label": "Tại nơi tiếp nhận", "points": "6"}, {"label": "Trên mạng", "points": "4"}]},
        False,
    ),
    (
        "2.2",
        "criterion",
        "Giải quyết đúng hạn",
        "10",
        "proportional",
        {
            "numerator": "Số hồ sơ đúng hạn",
            "denominator": "Tổng số hồ sơ",
            "formula": "numerator / denominator * max_points",
            "when_denominator_zero": "not_applicable",
        },
        True,
    ),
    ("8", "field", "Điều tra xã hội học", "20", "sum", {}, False),
    (
        "8.1",
        "criterion",
        "Mức độ hài lòng",
        "20",
        "survey",
        {
            "survey": "SIPAS",
            "question": "Mức độ hài lòng",
            "formula": "mean_rate_percent / 100 * max_points",
            "self_scored": False,
        },
        False,
    ),
    (
        "9",
        "adjustment",
        "Điểm thưởng, điểm trừ",
        None,
        "sum_capped",
        {"bonus_cap": "2", "penalty_cap": "1", "outside_100": True},
        False,
    ),
    (
        "9.1",
        "bonus",
        "Mô hình được nhân rộng",
        "2",
        "accumulate",
        {"per": "1", "unit": "mô hình", "cap": "max_points", "outside_100": True},
        True,
    ),
    (
        "9.2",
        "penalty",
        "Nộp chậm",
        "1",
        "penalty_step",
        {"per": "0.25", "unit": "ngày", "cap": "max_points", "outside_100": True},
        True,
    ),
)

"""Names of made-up people, the same for the same login."""

from __future__ import annotations

from random import Random

_FAMILY = (
    ["Nguyễn"] * 7 + ["Trần"] * 3 + ["Lê"] * 3 + ["Phạm"] * 2 + ["Huỳnh", "Võ", "Phan", "Trương", "Đặng", "Bùi", "Đỗ"]
    + ["Hồ", "Ngô", "Dương", "Lý", "Lâm", "Mai", "Cao", "Thạch"]
)  # fmt: skip
_MEN = (
    ["Văn", "Hữu", "Minh", "Thanh", "Quốc", "Hoàng", "Đức", "Tấn", "Trung", "Công"],
    [
        "Hùng",
        "Dũng",
        "Tâm",
        "Phúc",
        "Lộc",
        "Nghĩa",
        "Khoa",
        "Tài",
        "Vinh",
        "Thành",
        "Đạt",
        "Hải",
        "Sơn",
        "Tuấn",
        "Phong",
    ],
)
_WOMEN = (
    ["Thị", "Thị Mỹ", "Thị Kim", "Thị Ngọc", "Thị Thu", "Ngọc", "Thị Bích", "Thị Cẩm", "Thị Hồng"],
    [
        "Lan",
        "Hương",
        "Linh",
        "Thảo",
        "Trang",
        "Nhung",
        "Loan",
        "Phượng",
        "Yến",
        "Tiên",
        "Hạnh",
        "Duyên",
        "Xuân",
        "Thủy",
    ],
)


def full_name(login: str) -> str:
    """Return a full name."""
    chance = Random(f"name {login}")  # noqa: S311 - made-up people, no secret
    middle, given = chance.choice((_MEN, _WOMEN))
    return f"{chance.choice(_FAMILY)} {chance.choice(middle)} {chance.choice(given)}"


def title_of(unit_name: str) -> str:
    """Return a unit as documents call it: ``UBND phường 9`` for an authority, its own name for a department."""
    kinds = ("Phường ", "Xã ", "Thị trấn ", "Thành phố ", "Thị xã ", "Huyện ")
    if unit_name.startswith(kinds):
        return f"UBND {unit_name[0].lower()}{unit_name[1:]}"
    return unit_name

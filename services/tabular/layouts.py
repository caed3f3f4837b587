"""The columns of every import file, as docs/formats.md describes them."""

from __future__ import annotations

from dataclasses import dataclass

from rules.text import nfc


@dataclass(frozen=True, slots=True)
class Heading:
    """One column: its name in the file and the Vietnamese heading that is accepted in its place."""

    key: str
    title: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns one kind of file may have; ``numbered`` may repeat: ``field`` stands for field_1, field_2 …."""

    name: str
    headings: tuple[Heading, ...]
    numbered: Heading | None = None

    @property
    def needed(self) -> tuple[str, ...]:
        """Return the columns the file must have."""
        return tuple(heading.key for heading in self.headings if heading.needed)

    def key(self, heading: str) -> str | None:
        """Return the column that a heading means, in either language and any case; None for an unknown one."""
        wanted = fold(heading)
        for known in self.headings:
            if wanted in (known.key, fold(known.title)):
                return known.key
        if self.numbered is not None:
            word, number = wanted.replace("_", " ").rpartition(" ")[::2]
            # Two digits are plenty, and a leading zero would make two names for one column.
            if word in (self.numbered.key, fold(self.numbered.title)) and _is_plain_number(number):
                return f"{self.numbered.key}_{number}"
        return None


#: Enough for the fields of any set; "field_2024" is a mistake.
_NUMBER_DIGITS = 2


def fold(heading: str) -> str:
    """Bring a heading to the form in which two spellings of it are equal."""
    plain = nfc(heading).casefold()
    return " ".join(plain.replace("\ufeff", "").split()).rstrip(" *:")


def _is_plain_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _NUMBER_DIGITS and not text.startswith("0")


_CODE = Heading("code", "Mã đơn vị")
_UNIT = Heading("unit_code", "Mã đơn vị")
_ROUND = Heading("round_code", "Mã kỳ đánh giá")

UNIT_KINDS = Layout(
    "unit_kinds",
    (
        Heading("name", "Loại đơn vị"),
        Heading("level_code", "Mã cấp"),
        Heading("level_name", "Tên cấp"),
    ),
)
UNITS = Layout(
    "units",
    (
        _CODE,
        Heading("name", "Tên đơn vị"),
        Heading("kind", "Loại đơn vị"),
        Heading("parent_code", "Mã đơn vị cấp trên"),
        Heading("valid_from", "Hiệu lực từ ngày", needed=False),
        Heading("valid_to", "Hiệu lực đến ngày", needed=False),
    ),
)
UNIT_CHANGES = Layout(
    "unit_changes",
    (
        Heading("from_code", "Mã đơn vị cũ"),
        Heading("to_code", "Mã đơn vị mới"),
        Heading("effective_on", "Ngày có hiệu lực"),
        Heading("how", "Toàn bộ hay một phần"),
    ),
)
UNIT_GROUPS = Layout(
    "unit_groups",
    (Heading("group_code", "Mã nhóm"), Heading("group_name", "Tên nhóm"), _UNIT),
)
CRITERIA = Layout(
    "criteria",
    (
        Heading("level", "Cấp đánh giá"),
        Heading("code", "Mã tiêu chí"),
        Heading("parent_code", "Mã tiêu chí cấp trên"),
        Heading("kind", "Loại tiêu chí"),
        Heading("name", "Tên tiêu chí"),
        Heading("max_points", "Điểm tối đa"),
        Heading("scoring_method", "Phương pháp chấm điểm"),
        Heading("scoring_rule_json", "Quy tắc chấm điểm (JSON)"),
        Heading("evidence_required", "Yêu cầu tài liệu kiểm chứng"),
    ),
)
ACCOUNTS = Layout(
    "accounts",
    (
        Heading("username", "Tên đăng nhập"),
        Heading("full_name", "Họ và tên"),
        Heading("email", "Thư điện tử", needed=False),
        _UNIT,
        Heading("function", "Vai trò"),
        Heading("valid_from", "Hiệu lực từ ngày", needed=False),
        Heading("valid_to", "Hiệu lực đến ngày", needed=False),
        Heading("account_valid_from", "Tài khoản hiệu lực từ ngày", needed=False),
        Heading("account_valid_to", "Tài khoản hiệu lực đến ngày", needed=False),
    ),
)
STAFF = Layout(
    "staff",
    (
        Heading("move", "Biến động"),
        Heading("username", "Tên đăng nhập"),
        Heading("full_name", "Họ và tên"),
        Heading("email", "Thư điện tử", needed=False),
        Heading("function", "Vai trò", needed=False),
        Heading("effective_on", "Có hiệu lực từ ngày"),
        Heading("destination", "Nơi đến", needed=False),
        Heading("note", "Ghi chú", needed=False),
    ),
)
_INPUTS = (
    Heading("numerator", "Tử số", needed=False),
    Heading("denominator", "Mẫu số", needed=False),
    Heading("rate", "Tỷ lệ (%)", needed=False),
    Heading("option", "Phương án", needed=False),
    Heading("met", "Đạt điều kiện", needed=False),
    Heading("count", "Số trường hợp", needed=False),
    Heading("parts", "Các phần đạt", needed=False),
)
SCORES = Layout(
    "scores",
    (
        _ROUND,
        _UNIT,
        Heading("criterion_code", "Mã tiêu chí"),
        Heading("layer", "Lớp điểm"),
        *_INPUTS,
        Heading("stated_points", "Điểm đề nghị", needed=False),
        Heading("not_applicable", "Không áp dụng", needed=False),
        Heading("note", "Ghi chú", needed=False),
        Heading("reason", "Lý do", needed=False),
    ),
)
REFERENCE = Layout(
    "reference",
    (
        _ROUND,
        _UNIT,
        Heading("unit_name", "Tên đơn vị", needed=False),
        Heading("criterion_code", "Mã tiêu chí"),
        Heading("criterion_name", "Tên tiêu chí", needed=False),
        *_INPUTS,
        Heading("source", "Nguồn số liệu"),
        Heading("as_of", "Ngày số liệu"),
    ),
)
RESULTS = Layout(
    "results",
    (
        _ROUND,
        Heading("round_name", "Tên kỳ đánh giá"),
        Heading("year", "Năm"),
        Heading("level", "Cấp đánh giá"),
        _UNIT,
        Heading("achieved", "Điểm đạt"),
        Heading("maximum", "Điểm tối đa áp dụng"),
        Heading("bonus", "Điểm thưởng", needed=False),
        Heading("penalty", "Điểm trừ", needed=False),
        Heading("index", "Chỉ số (%)"),
        Heading("rank", "Xếp hạng", needed=False),
        Heading("class", "Xếp loại", needed=False),
    ),
    numbered=Heading("field", "Lĩnh vực"),
)
LAYOUTS = {
    layout.name: layout
    for layout in (UNIT_KINDS, UNITS, UNIT_CHANGES, UNIT_GROUPS, CRITERIA, ACCOUNTS, STAFF, SCORES, REFERENCE, RESULTS)
}

"""Reference figures stand beside the claim: for the unit, on its check before signing, on the helper's desk, before the council."""

from __future__ import annotations

import re
from datetime import date

import pytest

from services.score import Entry
from tests.appraisal import steps
from tests.appraisal.web import post, statements, words
from tests.reference.desk import SOURCE, bring, row
from tests.support.world import Province

WARNING = (
    "Khác với số liệu đối chiếu: tự chấm 9,00 điểm, theo số liệu của Hệ thống một cửa (ngày 01/12/2024) là 8,50 điểm"
)


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def form_of(province: Province, unit: str = "SA") -> str:
    return f"/assessments/{province.form_id(unit)}"


def desk_of(province: Province, unit: str = "SA", code: str = "2.2") -> str:
    return f"/appraisal/{steps.sheet_id(province, unit, code[0])}?leaf={code}"


@pytest.mark.parametrize("locked_now", [False, True])
def test_the_unit_reads_them_in_its_row_with_the_difference(province: Province, locked_now: bool) -> None:
    steps.claim(province, "SA", sign=False)
    bring(province, "admin", row("SA", "2.2", 85, 100))
    if locked_now:
        steps.lock(province)
    text = flat(words(province.client("officer.sa").get(form_of(province))))
    assert "Số liệu đối chiếu: 8,50 (−0,50, thấp hơn điểm đề nghị)" in text
    assert f"Nguồn: {SOURCE}, ngày 01/12/2024" in text


def test_a_unit_that_claimed_nothing_yet_reads_them_too(province: Province) -> None:
    bring(province, "admin", row("SA", "2.2", 85, 100))
    text = flat(words(province.client("officer.sa").get(form_of(province))))
    assert "Số liệu đối chiếu: 8,50 (đơn vị chưa chấm)" in text


def test_no_other_unit_reads_them(province: Province) -> None:
    bring(province, "admin", row("SA", "2.2", 85, 100, source="Nguồn chỉ của SA"))
    for login, unit in (("officer.sb", "SB"), ("officer.x11", "X11"), ("manager.h1", "X11")):
        client = province.client(login)
        assert "Nguồn chỉ của SA" not in client.get(form_of(province, unit)).get_data(as_text=True)
        assert client.get(form_of(province)).status_code == 404


def test_saving_by_script_tells_the_new_difference(province: Province) -> None:
    steps.claim(province, "SA", sign=False)
    bring(province, "admin", row("SA", "2.2", 85, 100))
    client = province.client("officer.sa")
    version = steps.scores(province, "SA", 10)["2.2"].version  # type: ignore[arg-type]
    typed = {"2.2:numerator": "85", "2.2:denominator": "100", "2.2:version": str(version), "2.2:was": ""}
    answer = post(client, f"{form_of(province)}/scores/2.2", typed, headers={"Accept": "application/json"})
    assert "bằng điểm đề nghị" in answer.json["apart"]
    other = {"1.3:met": "0", "1.3:version": str(steps.scores(province, "SA", 10)["1.3"].version), "1.3:was": ""}  # type: ignore[arg-type]
    assert (
        post(client, f"{form_of(province)}/scores/1.3", other, headers={"Accept": "application/json"}).json["apart"]
        == ""
    )


def test_the_check_before_signing_warns_and_blocks_nothing(province: Province) -> None:
    steps.claim(province, "SA", sign=False)
    leader = province.client("leader.sa")
    assert WARNING not in flat(words(leader.get(f"{form_of(province)}/check")))
    bring(province, "admin", row("SA", "2.2", 85, 100) + row("SA", "1.2.1", 41, 48))
    text = flat(words(leader.get(f"{form_of(province)}/check")))
    assert WARNING in text
    assert text.count("Khác với số liệu đối chiếu") == 1, "equal figures warn of nothing"
    findings = re.search(
        r"findings-warn.*?</section>", leader.get(f"{form_of(province)}/check").get_data(as_text=True), re.DOTALL
    )
    assert findings is not None
    assert "Khác với số liệu đối chiếu" in findings[0]


def test_figures_that_take_the_item_out_are_told_in_words(province: Province) -> None:
    steps.claim(province, "SA", sign=False)
    bring(province, "admin", row("SA", "2.2", 0, 0))
    client = province.client("leader.sa")
    assert "khác với đề nghị của đơn vị" in flat(words(client.get(form_of(province))))
    assert "Khác với số liệu đối chiếu của Hệ thống một cửa (ngày 01/12/2024)" in flat(
        words(client.get(f"{form_of(province)}/check"))
    )


def test_the_helper_sees_them_beside_the_claim(locked: Province) -> None:
    bring(locked, "admin", row("SA", "2.2", 95, 100))
    client = locked.client("helper2.p")
    text = flat(words(client.get(desk_of(locked))))
    assert "Số liệu đối chiếu: 9,50 (+0,50, cao hơn điểm đề nghị)" in text
    assert f"Nguồn: {SOURCE}, ngày 01/12/2024" in text
    assert "Dùng số liệu đối chiếu" in text
    assert "Số liệu đối chiếu:" not in flat(words(client.get(desk_of(locked, code="2.1"))))
    # Another helper of the council reads them, and is offered nothing.
    other = flat(words(locked.client("helper1.p").get(desk_of(locked))))
    assert "Số liệu đối chiếu: 9,50" in other
    assert "Dùng số liệu đối chiếu" not in other


def test_the_council_sees_them_beside_the_claim(locked: Province) -> None:
    bring(locked, "admin", row("SA", "1.2.1", 48, 48))
    steps.keep_all(locked, "helper1.p", "SA")
    steps.hand_in(locked, "helper1.p", "SA")
    page = locked.client("member.p").get(f"/approval/sheets/{steps.sheet_id(locked, 'SA')}")
    text = flat(words(page))
    assert "Số liệu đối chiếu: 10,00" in text
    assert "cao hơn điểm đề nghị" in text


def test_they_cost_no_statement_more_however_many_there_are(locked: Province) -> None:
    pages = {
        "officer.sa": (form_of(locked), f"{form_of(locked)}/check"),
        "helper2.p": (desk_of(locked),),
        "admin": ("/reference/",),
    }

    def cost() -> dict[tuple[str, str], int]:
        return {
            (who, page): statements(locked, locked.client(who), page) for who, ways in pages.items() for page in ways
        }

    bring(locked, "admin", row("SA", "2.2", 85, 100))
    few = cost()
    more = "".join(row(unit, code, 9, 10) for unit in ("SA", "SB", "SNV") for code in ("1.2.1", "1.2.2"))
    bring(locked, "admin", more + row("SB", "2.2", 9, 10))
    assert cost() == few


def test_a_figure_is_compared_exactly(province: Province) -> None:
    """41 of 48 claimed and 41 of 48 held: equal, though a shown third would not be."""
    steps.claim(province, "SA", {"1.2.1": Entry({"numerator": "41", "denominator": "48"}, note="x")}, sign=False)
    bring(province, "admin", row("SA", "1.2.1", 41, 48, as_of=date(2024, 11, 5).isoformat()))
    assert "bằng điểm đề nghị" in flat(words(province.client("officer.sa").get(form_of(province))))


def test_a_difference_smaller_than_the_shown_places_is_not_shown_as_nothing(province: Province) -> None:
    steps.claim(province, "SA", {"2.2": Entry({"numerator": "90", "denominator": "100"}, note="x")}, sign=False)
    bring(province, "admin", row("SA", "2.2", 8998, 10000))  # 8,998 points beside 9
    text = flat(words(province.client("officer.sa").get(form_of(province))))
    assert "9,00 (−0,0020, thấp hơn điểm đề nghị)" in text

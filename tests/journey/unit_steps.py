"""The unit's part of the round: the officer scores with the keyboard alone or without script, the leader signs."""

from __future__ import annotations

from collections.abc import Mapping

from playwright.sync_api import Locator, expect

from tests.journey.person import Person

#: What a unit enters: leaf code to the value of each input; "option" counts from 0, "parts" are positions of boxes.
Claims = Mapping[str, Mapping[str, object]]
#: Tab stops to pass before giving up: a fault, not a wait.
MOST_STOPS = 12

DOCUMENT = {
    "What it is": "Kế hoạch công tác cải cách hành chính",
    "Number": "31/KH-CCHC",
    "Day of issue": "15/01/2024",
    "Issued by": "Giám đốc Sở",
    "Page, section": "trang 3",
}


def row_of(person: Person, code: str) -> Locator:
    """Return the line of a leaf: the row whose heading is its code."""
    page = person.page
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=code, exact=True))


def type_form(officer: Person, claims: Claims, picture: str = "") -> None:
    """Score every leaf with the keyboard alone: Enter saves a leaf and leads to the next."""
    keys = officer.page.keyboard
    officer.link("Next open item").focus()
    keys.press("Enter")
    codes = list(claims)
    for code in codes:
        first = row_of(officer, code).locator(":focus")
        expect(first).to_have_count(1)
        _type(officer, claims[code])
        if picture and code == codes[len(codes) // 2]:
            officer.picture(picture)
        keys.press("Enter")
    status = officer.page.get_by_role("main").get_by_role("status")
    expect(status).to_have_text(officer.words("All changes are saved"))


def _type(officer: Person, inputs: Mapping[str, object]) -> None:
    keys = officer.page.keyboard
    for position, (name, value) in enumerate(inputs.items()):
        if position:
            keys.press("Tab")
        if name in ("option", "met"):
            keys.press("Space")
            steps = int(str(value)) if name == "option" else 1 - int(str(value))
            for _ in range(steps):
                keys.press("ArrowDown")
        elif name == "parts":
            assert isinstance(value, list)
            for box in range(max(map(int, value)) + 1):
                if box:
                    keys.press("Tab")
                if str(box) in value:
                    keys.press("Space")
        else:
            keys.type(str(value))


def fill_form(officer: Person, claims: Claims) -> None:
    """Score every leaf as a plain form, without script: one button saves all of it."""
    for code, inputs in claims.items():
        row = row_of(officer, code)
        for name, value in inputs.items():
            _fill(officer, row, code, name, value)
    officer.press("Save draft")
    officer.told(officer.words.several("%(num)s item saved.", "%(num)s items saved.", len(claims)))


def _fill(officer: Person, row: Locator, code: str, name: str, value: object) -> None:
    if name == "option":
        row.get_by_role("radio").nth(int(str(value))).check()
    elif name == "met":
        row.get_by_role("radio").nth(1 - int(str(value))).check()
    elif name == "parts":
        assert isinstance(value, list)
        for box in value:
            row.get_by_role("checkbox").nth(int(box)).check()
    elif name == "not_applicable":
        row.get_by_text(officer.words("Note, other points")).click()
        row.get_by_label(officer.words("Propose as not applicable (say why in the note)")).check()
        row.get_by_label(officer.words("Note, explanation")).fill(str(value))
    else:
        place = {"numerator": 0, "denominator": 1}.get(name, 0)
        row.get_by_role("textbox").nth(place).fill(str(value))


def name_document(officer: Person, code: str) -> None:
    """Name a new document on a leaf."""
    link = _evidence(officer, code)
    link.focus()
    officer.page.keyboard.press("Enter")
    officer.page.get_by_text(officer.words("Name a document without its file (number or link)")).click()
    for label, value in DOCUMENT.items():
        # The marks "optional" belong to the label.
        officer.page.get_by_label(officer.words(label)).last.fill(value)
    officer.page.get_by_role("button", name=officer.words("Add the document")).click()
    expect(officer.page.get_by_text(DOCUMENT["Number"], exact=True)).to_be_visible()


def use_document(officer: Person, code: str) -> None:
    """Use the unit's document again on another leaf."""
    _evidence(officer, code).click()
    officer.page.get_by_role("radio", name=DOCUMENT["Number"]).check()
    officer.page.get_by_role("button", name=officer.words("Use it here")).click()
    expect(officer.page.get_by_role("button", name=officer.words("Remove")).first).to_be_visible()


def back_to_form(officer: Person) -> None:
    """Leave the documents of a leaf, in the panel or on their own page."""
    if officer.page.get_by_role("dialog").count():
        officer.page.keyboard.press("Escape")
    else:
        officer.link("Back to the form").click()


def _evidence(officer: Person, code: str) -> Locator:
    return officer.page.get_by_role("link", name=f"{officer.words('Evidence')} {code}:")

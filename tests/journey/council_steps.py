"""The council's part of the round: helpers appraise by field, a member approves with minutes, the chair closes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from playwright.sync_api import Locator, expect

from tests.journey.person import Person

MINUTES = "07/BB-HĐTĐ"


# Helpers


def open_sheet(helper: Person, unit: str, field: str) -> None:
    """Open one field of one unit from the queue."""
    helper.menu("Appraisal")
    helper.fill_choice("Unit", unit)
    helper.press("Filter")
    queue = helper.page.get_by_role("region", name=field)
    queue.get_by_role("link", name=unit).click()


def open_returned(helper: Person, unit: str, field: str, reason: str) -> None:
    """Open a field that the council sent back; it stands first, with the council's reason."""
    helper.menu("Appraisal")
    returned = helper.page.get_by_role("region", name=helper.words("Sent back by the council"))
    expect(returned).to_contain_text(reason)
    returned.get_by_role("link", name=f"{unit} – {field}").click()


def keep_claims(helper: Person, picture: str = "") -> None:
    """Keep every claim of the open field after looking at the list."""
    helper.link("Keep claims of this field…").click()
    helper.picture(picture)
    helper.press("Keep these claims")


def open_item(helper: Person, code: str) -> None:
    items = helper.page.get_by_role("navigation", name=helper.words("Items of the field"))
    items.get_by_role("link", name=f"{code} ").click()
    expect(helper.page.get_by_role("heading", level=2, name=f"{code} ")).to_be_visible()


def appraise(helper: Person, code: str, figures: Mapping[str, str], reason: str, picture: str = "") -> None:
    """Enter other figures than the claimed ones, by their labels, with a reason."""
    open_item(helper, code)
    _enter(helper, figures)
    helper.fill("Reason, remark", reason)
    expect(helper.panel().get_by_text(helper.words("A reason is compulsory."))).to_be_visible()
    helper.picture(picture)
    helper.press("Save")
    expect(helper.panel().get_by_text(helper.words("Saved."))).to_be_visible()


def confirm_not_applicable(helper: Person, code: str) -> None:
    open_item(helper, code)
    helper.press("Confirm: not applicable")
    expect(helper.panel().get_by_text(helper.words("kept")).first).to_be_visible()


def hand_in(helper: Person) -> None:
    helper.link("Hand to the council…").click()
    helper.press("Hand to the council")
    helper.told(helper.words("The field is with the council now and locked for you."))


def _enter(person: Person, figures: Mapping[str, str]) -> None:
    """Fill figures by their labels; "on" and "off" are for boxes, whose labels go on with the points."""
    main = person.page.get_by_role("main")
    for label, value in figures.items():
        if value in ("on", "off"):
            main.get_by_role("checkbox", name=f"{label} (").set_checked(value == "on")
        else:
            main.get_by_role("textbox", name=label, exact=True).fill(value)


# Council


def open_field(member: Person, set_name: str, field: str) -> None:
    """Open one field over all units of the council."""
    member.menu("Approval")
    member.page.get_by_role("list", name=set_name).get_by_role("link", name=field).click()


def line_of(member: Person, unit: str) -> Locator:
    page = member.page
    return page.get_by_role("row").filter(has=page.get_by_role("link", name=unit, exact=True))


def change(member: Person, unit: str, code: str, figures: Mapping[str, str], reason: str, picture: str = "") -> None:
    """Put the council's own figures over the appraised ones on one leaf, with a reason."""
    line_of(member, unit).get_by_role("link", name=unit).click()
    member.page.get_by_role("link", name=f"{member.words('Change')} {code}").click()
    _enter(member, figures)
    member.fill("Reason of the council", reason)
    member.picture(picture)
    member.press("Save the council's points")
    member.told(reason)


def send_back(member: Person, unit: str, reason: str) -> None:
    line_of(member, unit).get_by_role("link", name=unit).click()
    member.fill("Reason", reason)
    member.press("Send back")
    member.told(member.words("The field is back with its helper."))


def approve(member: Person, units: list[str], held_on: date, picture: str = "") -> None:
    """Approve the open field for exactly these units, with minutes."""
    _tick(member, units)
    member.press("Approve ticked units…")
    member.fill("Number of the minutes", MINUTES)
    member.fill("Day of the minutes", held_on.isoformat())
    member.picture(picture)
    member.press("Approve these units")
    member.told(member.words.several("%(num)s unit is approved.", "%(num)s units are approved.", len(units)))


def close(chair: Person, units: list[str]) -> None:
    """Close the open field for exactly these units."""
    _tick(chair, units)
    chair.press("Close the field for ticked units…")
    chair.press("Close for these units")
    chair.told(chair.words.several("%(num)s unit is closed.", "%(num)s units are closed.", len(units)))


def _tick(person: Person, units: list[str]) -> None:
    wanted = {person.words("Tick %(unit)s", unit=unit) for unit in units}
    for box in person.page.get_by_role("main").get_by_role("checkbox").all():
        label = box.evaluate("box => box.labels[0].innerText.trim()")
        box.set_checked(label in wanted)
    expect(person.page.get_by_role("main").get_by_role("checkbox", checked=True)).to_have_count(len(units))

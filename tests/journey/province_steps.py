"""Sở Nội vụ's part of the round: closing early, the survey, the publication."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from playwright.sync_api import expect

from tests.journey.figures import Keys, number, table
from tests.journey.person import Person

DECISION = "15/QĐ-UBND"


def close_early(admin: Person, unit: str, picture: str = "") -> None:
    """Lock a signed form before its deadline."""
    admin.menu("Progress")
    admin.picture(picture)
    admin.page.get_by_role("checkbox", name=unit, exact=True).check()
    admin.press("Close early")
    admin.press("Close early")  # the list of what will happen comes first


def import_survey(admin: Person, rates: Mapping[str, str], round_code: str, picture: str = "") -> None:
    """Upload the file of the institute: look at what would change, then import exactly that."""
    lines = [f"{round_code};{unit};8.1;survey;{rate}" for unit, rate in rates.items()]
    file = "\n".join(["round_code;unit_code;criterion_code;layer;rate", *lines]).encode()
    admin.menu("Survey")
    admin.page.get_by_label(admin.words("File of survey values")).set_input_files(
        files=[{"name": "dieu-tra.csv", "mimeType": "text/csv", "buffer": file}]
    )
    admin.press("Look at the changes")
    admin.picture(picture)
    button = admin.words.several("Import this %(num)s value", "Import these %(num)s values", len(rates))
    admin.page.get_by_role("button", name=button).click()
    done = admin.words.several("%(num)s survey value is imported.", "%(num)s survey values are imported.", len(rates))
    admin.told(done)


def publish(admin: Person, group: str, decided_on: date, picture: str = "") -> None:
    """Publish a ranking group with decision number and date."""
    admin.menu("Publication")
    admin.page.get_by_role("main").get_by_role("link", name=group, exact=True).click()
    admin.fill("Number of the decision", DECISION)
    admin.fill("Date of the decision", decided_on.isoformat())
    admin.picture(picture)
    admin.confirm("Publish")
    expect(admin.page.get_by_role("main")).to_contain_text(DECISION)


@dataclass(frozen=True)
class Line:
    """One line of an exported ranking."""

    unit: str
    rank: int | None
    index: Fraction
    grade: str
    achieved: Fraction
    maximum: Fraction


def keys(admin: Person) -> Keys:
    """Return how the exported scores name things, and the layers from the one that counts first."""
    words = admin.words
    layers = ("Decided by the council", "Survey", "Appraised again", "Appraised", "Entered by the superior")
    return Keys(
        unit=words("Unit"),
        code=words("Code"),
        layer=words("Layer"),
        points=words("Points"),
        not_applicable=words("Not applicable"),
        yes=words("Yes"),
        layers=tuple(words(layer) for layer in (*layers, "Self-assessed")),
    )


def export_scores(admin: Person) -> str:
    """Download every score of every layer."""
    admin.menu("Administration")
    admin.page.get_by_role("link", name=admin.words("Scores"), exact=True).first.click()
    return admin.download(admin.link("Export %(kind)s", kind="CSV"))


def export_results(admin: Person, group: str) -> list[Line]:
    """Download the published table of a group as it stands on the screen."""
    open_results(admin, group)
    words = admin.words
    text = admin.download(admin.link("CSV file"))
    return [
        Line(
            row[words("Unit")],
            int(row[words("Rank")]) if row[words("Rank")] else None,
            number(row[words("Index (%)")]),
            row[words("Class")],
            number(row[words("Achieved")]),
            number(row[words("Applicable maximum")]),
        )
        for row in table(text, words("Unit"))
    ]


def open_results(person: Person, group: str) -> None:
    person.menu("Results")
    person.fill_choice("Round and group", f"Năm 2024 – {group}")
    person.press("Show")
    person.told(f"{group} – Năm 2024")


def read_own_detail(person: Person, unit: str, group: str) -> None:
    open_results(person, group)
    person.page.get_by_role("link", name=unit, exact=True).click()
    expect(person.heading()).to_contain_text(unit)

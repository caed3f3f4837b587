"""What an explanation already is at sign-off and at publication: owed where nothing proves the points, closed before the end."""

from __future__ import annotations

import pytest
from sqlalchemy import select

import models as m
from extensions import db
from models import clock
from permissions.actor import current_actor
from rules.vocabulary import Layer
from services import assessment, findings, scoring
from services.assessment import Unready
from services.evidence import Document, add
from services.publication.candidate import prepare
from services.publication.checks import Severity, checks
from services.score import Entry, EntryFault
from tests.appraisal import steps
from tests.explanation import steps as talk
from tests.support.database import Database
from tests.support.world import Province

#: Every leaf that needs evidence, with its claim; 2.1 and 1.4 need none.
PROVED = ("1.1", "1.2.1", "1.2.2", "1.3", "1.5", "2.2")


def explained(**notes: str) -> dict[str, Entry]:
    """The full claim, each item that needs evidence with a note in its place."""
    return {
        code: Entry(entry.inputs, note=notes.get(code, "Nêu tại báo cáo năm" if code in PROVED else ""))
        for code, entry in steps.CLAIMS.items()
    }


def blocked(province: Province) -> set[str]:
    with province.acting("leader.sa"):
        actor = current_actor()
        assert actor is not None
        reading = scoring.read(scoring.find(province.form_id("SA")), actor)
        return {found.code for found in findings.blocking(reading)}


@pytest.mark.parametrize("note", ["", " \n\t"])
def test_an_item_without_evidence_is_explained_before_the_leader_signs(province: Province, note: str) -> None:
    steps.claim(province, "SA", explained(**{"1.3": note}), sign=False)
    assert blocked(province) == {"1.3"}
    with province.acting("leader.sa"), pytest.raises(Unready):
        assessment.sign(db.session.get_one(m.Assessment, province.form_id("SA")))
    given = steps.scores(province, "SA", Layer.SELF)["1.3"]
    with province.acting("officer.sa"):
        form = db.session.get_one(m.Assessment, province.form_id("SA"))
        entry = Entry({"met": "1"}, note="Quy chế đang trình ký", version=given.version)
        assessment.save(form, {"1.3": entry})
    assert blocked(province) == set()


def test_a_document_stands_for_the_words(province: Province) -> None:
    steps.claim(province, "SA", explained(**{"1.3": ""}), sign=False)
    with province.acting("officer.sa"):
        form = db.session.get_one(m.Assessment, province.form_id("SA"))
        add(form, steps.leaf_of(form.criteria_set_id, "1.3"), Document(title="Quy chế thi đua"))
    assert blocked(province) == set()


def test_other_points_than_the_figures_are_never_claimed_without_words(province: Province) -> None:
    with province.acting("officer.sa"):
        form = db.session.get_one(m.Assessment, province.form_id("SA"))
        with pytest.raises(EntryFault) as fault:
            assessment.save(form, {"1.1": Entry({"option": "1"}, stated="9", note="Kèm văn bản")})
    assert set(fault.value.faults["1.1"]) == {"reason"}


def test_an_open_explanation_blocks_publication_by_name(province: Province, database: Database) -> None:
    steps.state(province, database, "explained", lambda: talk.explained(province))

    def open_items() -> list[tuple[int, tuple[str, ...]]]:
        with province.acting("admin"):
            group = db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.code == "department")).one()
            found = checks(db.session(), prepare(db.session(), group, clock.now()))
            return [
                (int(str(one.message.params["count"])), one.units)
                for one in found
                if one.severity is Severity.BLOCKS and one.message.id.startswith("An explanation is open")
            ]

    assert open_items() == [(2, ("Sở Tư pháp",))]
    talk.keep_first(province, "1.1")
    steps.appraise(province, talk.HELPER, "SA", "1.3", Entry({"met": "1"}))
    steps.hand_in(province, talk.HELPER, "SA")
    assert open_items() == []

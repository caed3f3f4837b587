"""How long the trail is kept, and that it is whole afterwards (LO-07)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, select, text

import models as m
from extensions import db
from permissions.gate import system_act
from rules.verbs import Verb
from services.edition.lines import Settings
from services.trail import chain, keeping
from services.verify import verify
from tests.permissions.stages import new_score, writing
from tests.support.world import Province


def kept(province: Province) -> tuple[int, int]:
    """Return number and first id of the entries."""
    with province.system():
        found = db.session.execute(select(func.count(), func.min(m.AuditEntry.id)).select_from(m.AuditEntry)).one()
        return int(found[0]), int(found[1])


def publish_all(province: Province) -> None:
    with province.system(), system_act(Verb.IMPORT, "test") as writing:
        for group in db.session.scalars(select(m.RankingGroup)):
            db.session.add(
                m.Edition(
                    group_id=group.id,
                    number=1,
                    in_force=True,
                    decision_number="1/QĐ-UBND",
                    decision_on=date(2025, 1, 10),
                    published_at=writing.now,
                    published_by_id=db.session.scalars(select(m.Account.id)).first(),
                    settings=Settings.of(group).to_json(),
                    digest="0" * 64,
                )
            )


def purge(province: Province) -> Any:
    return province.app.test_cli_runner().invoke(args=["audit", "purge"])


def test_entries_of_a_round_that_is_not_over_are_never_taken_away(province: Province) -> None:
    before = kept(province)
    province.move_clock(days=900)
    done = purge(province)
    assert done.exit_code == 0, done.output
    assert "chưa công bố đầy đủ" in done.output
    assert kept(province) == before


def test_after_publication_the_oldest_go_once_they_are_old_enough_and_the_chain_is_whole(province: Province) -> None:
    publish_all(province)
    count, first = kept(province)
    province.move_clock(days=300)
    assert purge(province).exit_code == 0
    assert kept(province) == (count, first), "within the twelve months"
    province.move_clock(days=340)
    with province.system(), system_act(Verb.IMPORT, "test"):
        db.session.add(m.Level(code="x", name="Cấp X", position=90))
    province.move_clock(days=370)
    assert purge(province).exit_code == 0
    assert kept(province)[0] == 2, "the later entry and that of the purge"
    with province.system():
        found = chain.verify(db.session())
        assert (found.faulty, found.sealed, found.unsealed) == (0, 2, 0)
        entry = m.AuditEntry
        told = db.session.execute(select(entry.operation, entry.changes).order_by(entry.id.desc()).limit(1)).one()
        assert (told.operation, told.changes["entries"]) == ("purge", [count, None])
    # Sheets and scores of before are held against what is still told: nothing.
    with province.system():
        assert not [fault for fault in verify(db.session()).faults if "audit" in fault.id]


def test_what_is_changed_from_outside_is_found_after_a_purge_too(province: Province) -> None:
    publish_all(province)
    province.move_clock(days=400)
    assert purge(province).exit_code == 0
    with writing(province):
        db.session.add(new_score("X11", computed_points=None, stated_points=None, not_applicable=False))
    with province.system():
        assert not [fault for fault in verify(db.session()).faults if "audit" in fault.id]
        with db.engine.begin() as connection:
            connection.execute(text("UPDATE score SET points = 50000"))
        db.session.rollback()
        assert [fault.id for fault in verify(db.session()).faults if "audit" in fault.id] == [
            "{table} {id} differs from its audit trail."
        ]


def test_nothing_goes_while_the_chain_is_not_whole(province: Province) -> None:
    publish_all(province)
    with province.system(), db.engine.begin() as connection:
        connection.execute(text("UPDATE audit_entry SET reason = 'khác' WHERE id = 5"))
    before = kept(province)
    province.move_clock(days=900)
    done = purge(province)
    assert done.exit_code == 1
    assert "không toàn vẹn" in done.output
    assert kept(province) == before


def test_a_prefix_cut_off_without_the_command_is_found(province: Province) -> None:
    with province.system():
        db.session.execute(delete(m.AuditEntry).where(m.AuditEntry.id < 10))
        db.session.commit()
        assert str(chain.verify(db.session()).faults[0].id) == "Audit entries {first} to {last} are missing."


@pytest.mark.parametrize(("day", "months", "expected"), [(31, 12, 28), (15, 3, 15)])
def test_months_are_calendar_months(province: Province, day: int, months: int, expected: int) -> None:
    with province.system(), system_act(Verb.IMPORT, "test") as act:
        moment = act.now.replace(month=5, day=day)
    limit = keeping._months_before(moment, months)
    assert limit.day == expected
    assert moment - limit > timedelta(days=28 * months)

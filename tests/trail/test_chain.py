"""The chain of the audit trail: what somebody with the database alone changes, `flask verify` names (LO-04, Điều 5.2)."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, text

import models as m
from extensions import db
from models import clock
from permissions import seals, stored, trail
from permissions.gate import system_act
from permissions.stored import BATCH
from rules.verbs import Verb
from services.trail import chain
from services.trail.chain import MOST_TOLD, Chain, Noted
from tests.support.world import Province

KEY, NEWER, NEWEST = (f"{n} key of the trail that nobody else knows" for n in ("one", "another", "a third"))
#: Another value for each column that a seal covers, as SQL.
ALTERED = {
    "id": None,  # moved away: told as missing, below
    "at": "'2020-01-02 03:04:05.678901'",
    "actor_id": "999",
    "actor_name": "'Người khác'",
    "authority": "'leader · Sở khác'",
    "on_behalf_of": "'Người khác'",
    "looking_as": "'Người khác'",
    "unit_id": "999",
    "assessment_id": "999",
    "criterion_id": "999",
    "layer": "3",
    "verb": "'sign'",
    "operation": "'delete'",
    "object_type": "'Unit'",
    "object_id": "'999'",
    "object_name": "'Xã khác'",
    "changes": """'{"points": ["1", "9"]}'""",
    "reason": "'lý do khác'",
    "request_id": "'khac'",
    "address": "'10.0.0.9'",
}


def entry(n: int, at: datetime) -> dict[str, Any]:
    return {
        "at": at + timedelta(microseconds=n),
        "actor_id": n % 300,
        "actor_name": "Nguyễn Văn Ấ",
        "authority": "officer · Xã Ấp Bắc",
        "unit_id": n % 130,
        "verb": "score",
        "operation": "update",
        "object_type": "Notice",
        "object_id": str(n),
        "changes": {"points": [None, "7.5000"], "inputs": [{"tỷ lệ": 12.5, "b": [1, None]}, {}]},
        "reason": "sửa theo văn bản số 12",
    }


def filled(count: int) -> int:
    """Append entries in one act; return the number of the first."""
    with system_act(Verb.IMPORT, "test") as filling:
        for n in range(count):
            trail.append(db.session(), entry(n, filling.now))
    head = trail.locked_head(db.session())
    db.session.rollback()
    return int(head["last_id"]) - count + 1


def filled_in_bulk(count: int) -> int:
    """The same, sealed here and copied in at once: a hundred thousand in seconds."""
    session = db.session()
    head, key, now = trail.locked_head(session), seals.keys()[0], clock.now()
    rows = []
    for n in range(count):
        head["last_id"] += 1
        row = trail._EMPTY | entry(n, now) | {"id": head["last_id"]}
        row["seal"] = head["seal"] = seals.seal(key, head["seal"], row)
        rows.append(row)
    connection = session.connection()
    if connection.dialect.name == "sqlite":
        connection.execute(insert(m.AuditEntry), rows)
    else:
        names = [*seals.SEALED, "seal"]
        with connection.connection.cursor().copy(f"COPY audit_entry ({', '.join(names)}) FROM STDIN") as copy:  # type: ignore[attr-defined]
            for row in rows:
                copy.write_row([json.dumps(row[name]) if name == "changes" else row[name] for name in names])
    trail.put_head(session, head)
    session.commit()
    return int(head["last_id"]) - count + 1


def by_sql(statement: str, **values: Any) -> None:
    """Change the database as somebody does who has no key."""
    with db.engine.begin() as connection:
        connection.execute(text(statement), values)


def verified(noted: str | None = None) -> Chain:
    db.session.rollback()
    return chain.verify(db.session(), None if noted is None else Noted.read(noted))


def told(found: Chain) -> list[str]:
    return [fault.id.format(**fault.params) for fault in found.all_faults()]


def altered(id_: int) -> str:
    return f"Audit entry {id_} does not match its seal: it, or its place, was changed."


def believe(province: Province, *keys: str) -> None:
    config = province.app.config["PARINDEX"]
    province.app.config["PARINDEX"] = dataclasses.replace(config, audit_seal_keys=keys)


@pytest.fixture
def chained(province: Province, monkeypatch: pytest.MonkeyPatch) -> Province:
    """The province, whose settings the test may change."""
    monkeypatch.setitem(province.app.config, "PARINDEX", province.app.config["PARINDEX"])
    return province


def test_one_altered_row_among_a_hundred_thousand_is_found(province: Province) -> None:
    with province.system():
        first = filled_in_bulk(100_000)
        whole = verified()
        assert told(whole) == []
        assert whole.sealed >= 100_000
        target = first + 61_803
        by_sql(
            "UPDATE audit_entry SET changes = :other WHERE id = :id", id=target, other='{"points": [null, "8.5000"]}'
        )
        assert told(verified()) == [altered(target)]


@pytest.mark.parametrize("column", seals.SEALED)
def test_each_column_of_an_entry_is_sealed(province: Province, column: str) -> None:
    with province.system():
        first = filled(5)
        if column == "id":
            by_sql("UPDATE audit_entry SET id = 10000000 WHERE id = :id", id=first + 2)
            assert told(verified()) == [
                f"Audit entry {first + 2} is missing.",
                f"Audit entry {first + 3} cannot be checked: the one before it is missing.",
                "1 audit entries stand after the end of the chain.",
            ]
            return
        by_sql(f"UPDATE audit_entry SET {column} = {ALTERED[column]} WHERE id = :id", id=first + 2)
        assert told(verified()) == [altered(first + 2)]


@pytest.mark.parametrize(
    ("column", "value"), [("layer", "99"), ("changes", "'{}'"), ("changes", "'[3]'"), ("seal", "'x'")]
)
def test_values_that_nobody_could_have_written_are_named_and_stop_nothing(
    province: Province, column: str, value: str
) -> None:
    with province.system():
        first = filled(3)
        by_sql(f"UPDATE audit_entry SET {column} = {value} WHERE id = :id", id=first + 1)
        assert [said.split(" ")[2] for said in told(verified())][:1] == [str(first + 1)]


def test_every_column_that_tells_something_is_sealed() -> None:
    assert set(seals.SEALED) | {"seal"} == set(m.AuditEntry.__table__.columns.keys())


def test_a_removed_an_exchanged_and_an_added_row_are_named(province: Province) -> None:
    with province.system():
        first = filled(20)
        by_sql("DELETE FROM audit_entry WHERE id IN (:a, :b)", a=first + 3, b=first + 4)
        for old, new in ((first + 10, 10_000_000), (first + 11, first + 10), (10_000_000, first + 11)):
            by_sql("UPDATE audit_entry SET id = :new WHERE id = :old", old=old, new=new)
        found = told(verified())
        assert found == [
            f"Audit entries {first + 3} to {first + 4} are missing.",
            f"Audit entry {first + 5} cannot be checked: the one before it is missing.",
            *(altered(id_) for id_ in (first + 10, first + 11, first + 12)),
        ]


def test_an_added_entry_needs_a_seal(province: Province) -> None:
    with province.system():
        first = filled(3)
        columns = ", ".join(name for name in [*seals.SEALED, "seal"] if name != "id")
        by_sql(
            f"INSERT INTO audit_entry (id, {columns}) SELECT id + 1, {columns} FROM audit_entry WHERE id = :id",
            id=first + 2,
        )
        assert told(verified()) == ["1 audit entries stand after the end of the chain."]


def test_a_cut_tail_is_found_with_and_without_a_mended_head(province: Province) -> None:
    with province.system():
        first = filled(10)
        head = verified().head
        by_sql("DELETE FROM audit_entry WHERE id > :id", id=first + 6)
        assert told(verified()) == [f"Audit entries {first + 7} to {first + 9} are missing."]
        seal_of = "(SELECT seal FROM audit_entry WHERE id = :id)"
        by_sql(f"UPDATE audit_head SET last_id = :id, seal = {seal_of}", id=first + 6)
        assert told(verified()) == ["The end of the audit trail's chain was changed from outside."]
        assert told(verified(head))[-1] == (
            f"The chain ends at {first + 6}, before the head noted as number {first + 9}: its tail was cut off."
        )
        # Whoever writes next must not put a true seal under the false head.
        filled(2)
        assert told(verified()) == [
            f"Before audit entry {first + 7} the end of the chain had been changed from outside."
        ]
        # The number was given out again: the head noted earlier has another seal.
        assert f"Audit entry {first + 9} has another seal than the head noted earlier." in told(verified(head))


def test_a_head_set_to_nothing_does_not_stop_anybody_and_is_told(province: Province) -> None:
    with province.system():
        first = filled(4)
        by_sql("UPDATE audit_head SET last_id = 0, first_id = 1, seal = 'x', mac = ''")
        filled(1)
        assert told(verified()) == [
            f"Before audit entry {first + 4} the end of the chain had been changed from outside."
        ]


def test_a_database_set_back_whole_is_found_by_the_head_noted_elsewhere(province: Province) -> None:
    """Even an old true head: only what was noted elsewhere tells of it."""
    with province.system():
        first = filled(3)
        old = trail.locked_head(db.session())
        db.session.rollback()
        filled(3)
        noted = verified().head
        by_sql("DELETE FROM audit_entry WHERE id > :id", id=first + 2)
        by_sql(
            "UPDATE audit_head SET last_id = :last, seal = :seal, mac = :mac",
            last=old["last_id"],
            **{k: old[k] for k in ("seal", "mac")},
        )
        assert told(verified()) == []
        assert told(verified(noted)) == [
            f"The chain ends at {first + 2}, before the head noted as number {first + 5}: its tail was cut off."
        ]
        assert told(verified(f"{first + 1}:{'0' * 64}")) == [
            f"Audit entry {first + 1} has another seal than the head noted earlier."
        ]


def test_a_missing_head_is_told(province: Province) -> None:
    with province.system():
        by_sql("DELETE FROM audit_head")
        assert told(verified()) == ["The end of the audit trail's chain is missing."]


def resealed(key: bytes, first: int) -> None:
    """Compute the chain anew from an entry on, with a key of one's own."""
    db.session.rollback()
    rows = list(stored.entries(db.session.connection(), None, None))
    before = ""
    db.session.rollback()
    with db.engine.begin() as connection:
        for row in rows:
            if row["id"] < first:
                before = row["seal"]
                continue
            before = seals.seal(key, before, stored.sealed_part(row))
            connection.execute(text("UPDATE audit_entry SET seal = :s WHERE id = :i"), {"s": before, "i": row["id"]})
        head = dict(connection.execute(text("SELECT * FROM audit_head")).mappings().one()) | {"seal": before}
        connection.execute(
            text("UPDATE audit_head SET seal = :seal, mac = :mac"), {"seal": before, "mac": seals.head_mac(key, head)}
        )


def test_a_chain_recomputed_with_another_key_is_refused(chained: Province) -> None:
    with chained.system():
        first = filled(MOST_TOLD + 10)
        resealed(b"a key that somebody made up", first)
        found = told(verified())
        assert found[0] == "The end of the audit trail's chain was changed from outside."
        assert found[1] == f"Audit entry {first} is sealed with an unknown key."
        assert found[-1] == "And 11 more faults of the audit trail."
        assert len(found) == MOST_TOLD + 1


def test_keys_change_and_the_chain_stays_whole(chained: Province) -> None:
    """``PARINDEX_AUDIT_KEY`` takes the place of the secret key, then a newer one its place."""
    secret = chained.app.config["PARINDEX"].secret_key
    with chained.system():
        filled(3)
        believe(chained, KEY, secret)
        first = filled(3)
        believe(chained, NEWER, KEY, secret)
        last = filled(3)
        assert told(verified()) == []
        believe(chained, NEWER, KEY)
        assert told(verified())[0] == "Audit entry 1 is sealed with an unknown key."
        believe(chained, NEWEST, NEWER, KEY, secret)
        assert told(verified()) == []
        # Who got hold of the replaced key seals nothing with it any more.
        believe(chained, KEY, NEWER, secret)
        filled(1)
        believe(chained, NEWEST, NEWER, KEY, secret)
        assert told(verified()) == [f"Audit entry {last + 3} is sealed with a key that had been replaced before."]
        assert first < last


def test_the_secret_keys_of_before_are_believed(chained: Province) -> None:
    config = chained.app.config["PARINDEX"]
    with chained.system():
        filled(2)
        chained.app.config["PARINDEX"] = dataclasses.replace(
            config, secret_key=NEWER, secret_key_fallbacks=(config.secret_key,)
        )
        filled(2)
        assert told(verified()) == []
        chained.app.config["PARINDEX"] = dataclasses.replace(config, secret_key=NEWER)
        assert "is sealed with an unknown key." in told(verified())[0]


def virgin_before() -> int:
    """Make of all there is what stood before the chain, as the migration finds it; return its number."""
    by_sql("UPDATE audit_entry SET seal = ''")
    by_sql("DELETE FROM audit_head")
    with db.engine.begin() as connection:
        trail.begin(connection)
        return int(connection.execute(text("SELECT older FROM audit_head")).scalar_one())


def test_entries_from_before_the_chain_are_counted_and_fixed(province: Province) -> None:
    with province.system():
        count = virgin_before()
        before = verified()
        assert (told(before), before.sealed, before.head) == ([], 0, "")
        first = filled(2)
        found = verified()
        assert (told(found), found.sealed, found.unsealed) == ([], 2, count)
        assert found.head.startswith(f"{first + 1}:")
        by_sql("UPDATE audit_entry SET actor_name = 'Người khác' WHERE id = 5")
        assert told(verified()) == ["The audit entries before the beginning of the chain were changed."]
        by_sql("DELETE FROM audit_entry WHERE id = 5")
        assert told(verified()) == [
            f"{count - 1} audit entries stand before the beginning of the chain, where {count} were left."
        ]


@pytest.mark.parametrize("id_", [-1, 0])
def test_nothing_is_added_below_the_chain(province: Province, id_: int) -> None:
    with province.system():
        copied(id_, sealed=True)
        assert told(verified()) == ["1 audit entries stand before the beginning of the chain, where 0 were left."]


def copied(id_: int, *, sealed: bool = False) -> None:
    """Put a copy of an entry elsewhere, as somebody does who has no key."""
    names = ", ".join(name for name in seals.SEALED if name != "id")
    by_sql(
        f"INSERT INTO audit_entry (id, {names}, seal) SELECT :id, {names}, {'seal' if sealed else chr(39) * 2} "
        "FROM audit_entry WHERE id = 20",
        id=id_,
    )


VIRGIN = "UPDATE audit_head SET first_id = last_id + 1, start_seal = '', seal = '', mac = ''"


def test_the_chain_cannot_be_switched_off(province: Province) -> None:
    """A head without a seal is no new one: it is a fault, and the next entry tells it for good."""
    with province.system():
        count = filled(3) + 2
        by_sql("UPDATE audit_entry SET actor_name = 'Người khác' WHERE id = 20")
        by_sql(VIRGIN)
        assert told(verified()) == [
            "The end of the audit trail's chain was changed from outside.",
            f"{count} audit entries stand before the beginning of the chain, where 0 were left.",
        ]
        filled(1)
        assert told(verified()) == [
            altered(20),
            f"Before audit entry {count + 1} the end of the chain had been changed from outside.",
        ]


def test_an_emptied_trail_is_not_begun_anew(province: Province) -> None:
    with province.system():
        by_sql("DELETE FROM audit_entry")
        by_sql("UPDATE audit_head SET first_id = 1, last_id = 0, start_seal = '', seal = '', mac = ''")
        assert told(verified()) == ["The end of the audit trail's chain was changed from outside."]
        assert filled(1) == 2
        assert told(verified()) == ["Before audit entry 1 the end of the chain had been changed from outside."]


BROKEN_BY = {
    "an absurd end": "UPDATE audit_head SET last_id = 9223372036854775807",
    "no head": "DELETE FROM audit_head",
    "another number of the head": "UPDATE audit_head SET id = 7",
    "a beginning that is moved": "UPDATE audit_head SET first_id = 9",
    "a sum that is not ours": "UPDATE audit_head SET older = 3",
}
BROKEN_BY_IN_SQLITE = {
    "text as a number": "UPDATE audit_head SET last_id = 'zz', first_id = 'x'",
    "blobs": "UPDATE audit_head SET mac = X'41', seal = X'ff'",
    "no UTF-8": "UPDATE audit_head SET start_seal = CAST(X'ff41' AS TEXT)",
}


@pytest.mark.parametrize("how", [*BROKEN_BY, *BROKEN_BY_IN_SQLITE])
def test_no_head_stops_a_save_and_each_is_told(province: Province, how: str) -> None:
    if how in BROKEN_BY_IN_SQLITE and db_name(province) != "sqlite":
        how = "no head"  # the column's type refuses it there
    with province.system():
        first = filled(4)
        by_sql((BROKEN_BY | BROKEN_BY_IN_SQLITE)[how])
        assert told(verified()), "named by verify"
        assert filled(2) == first + 5
        found = told(verified())
        expected = f"Before audit entry {first + 4} the end of the chain had been changed from outside."
        assert expected in found
        assert [said for said in found if said != expected and "more ends" not in said] == []


def db_name(province: Province) -> str:
    with province.app.app_context():
        return db.engine.dialect.name


def test_a_second_head_stops_nothing_and_is_told(province: Province) -> None:
    with province.system():
        columns = "first_id, last_id, start_seal, seal, older, older_digest, mac"
        by_sql(f"INSERT INTO audit_head (id, {columns}) SELECT 2, {columns} FROM audit_head")
        filled(2)
        assert told(verified()) == ["1 more ends of the audit trail's chain were added from outside."]


@pytest.mark.parametrize("sealed", [False, True])
def test_a_number_that_is_taken_stops_no_save(province: Province, *, sealed: bool) -> None:
    with province.system():
        last = filled(1)
        copied(last + 1, sealed=sealed)
        copied(last + 3)
        copied(2**63 - 1)
        filled(2)
        found = told(verified())
        assert found == [
            altered(last + 1) if sealed else f"Audit entry {last + 1} has no seal.",
            f"Before audit entry {last + 2} the end of the chain had been changed from outside.",
            f"Audit entry {last + 3} has no seal.",
            "1 audit entries stand after the end of the chain.",
        ]
        filled(2)
        assert told(verified()) == found, "told once; what follows is whole"


NEVER_WRITTEN = {
    "postgresql": {
        "at": ("'infinity'", "'4000-01-01 BC'"),
        "changes": ("cast(repeat('[', 3000) || repeat(']', 3000) AS json)", "cast(repeat('9', 5000) AS json)"),
    },
    "sqlite": {
        "at": ("'0001-01-01 00:00:00+23:00'", "'zz'", "X'ff'", "9e999", "replace(at, ' ', 'T')", "at || '+00:00'"),
        "changes": ("'{' || char(0)", "X'ff'", "CAST(X'ff41' AS TEXT)", "'99e99999'", "'" + "[" * 9000 + "'"),
        "reason": ("X'41'", "CAST(X'ff41' AS TEXT)", "CAST(reason AS BLOB)"),
        "actor_id": ("9e999", "'zz'", "CAST(X'ff41' AS TEXT)"),
        "layer": ("'zz'", "X'41'"),
        "seal": ("X'41'", "CAST(X'ff41' AS TEXT)", "CAST(seal AS BLOB)"),
    },
}


def test_what_nobody_could_have_written_is_a_fault_and_stops_nothing(province: Province) -> None:
    with province.system():
        first = filled(3)
        row = db.session.execute(text("SELECT * FROM audit_entry WHERE id = :id"), {"id": first + 1}).mappings().one()
        db.session.rollback()
        for column, values in NEVER_WRITTEN[db.engine.dialect.name].items():
            for value in values:
                by_sql(f"UPDATE audit_entry SET {column} = {value} WHERE id = :id", id=first + 1)
                assert str(first + 1) in told(verified())[0].split(), (column, value)
                kept = "CAST(:kept AS json)" if column == "changes" and db_name(province) != "sqlite" else ":kept"
                old = row[column]
                if column == "changes" and not isinstance(old, str):
                    old = json.dumps(old)
                by_sql(f"UPDATE audit_entry SET {column} = {kept} WHERE id = :id", id=first + 1, kept=old)
        assert told(verified()) in ([], [altered(first + 1)]), "the last value is set back"


def test_the_same_moment_in_another_form_is_a_change(province: Province) -> None:
    with province.system():
        first = filled(3)
        if db_name(province) == "sqlite":
            shifted = "strftime('%Y-%m-%d %H:%M:%f', at, '+7 hours') || substr(at, 24) || '+07:00'"
            by_sql(f"UPDATE audit_entry SET at = {shifted} WHERE id = :id", id=first + 1)
            assert told(verified()) == [altered(first + 1)]
        else:  # a moment has one form there, in whatever zone the session reads it
            by_sql("UPDATE audit_entry SET at = at AT TIME ZONE 'UTC' AT TIME ZONE 'UTC' WHERE id = :id", id=first + 1)
            assert told(verified()) == []


def test_the_trail_is_read_in_batches(province: Province, statements: Callable[[], list[str]]) -> None:
    with province.system():
        filled(2 * BATCH)
        seen = statements()
        verified()
        reading = [said for said in seen if "FROM audit_entry" in said and "LIMIT" in said]
        assert 3 <= len(reading) <= 5


def test_the_command_names_the_end_and_holds_it_against_one_noted(province: Province) -> None:
    runner = province.app.test_cli_runner()
    clean = runner.invoke(args=["verify"])
    assert clean.exit_code == 0, clean.output
    head = next(line for line in clean.output.splitlines() if line.startswith("Điểm cuối")).split()[-1]
    assert Noted.read(head) is not None
    with province.system():
        filled(1)
    assert runner.invoke(args=["verify", "--audit-head", head]).exit_code == 0
    assert runner.invoke(args=["verify", "--audit-head", head[:-1] + "x"]).exit_code == 2
    with province.system():
        by_sql("UPDATE audit_entry SET reason = 'khác' WHERE id = :id", id=int(head.split(":")[0]))
    broken = runner.invoke(args=["verify", "--audit-head", head])
    assert broken.exit_code == 1
    assert f"Bản ghi nhật ký {head.split(':')[0]} không khớp" in broken.output


def test_signs_that_databases_refuse_and_long_text_are_kept_and_sealed(province: Province) -> None:
    strange = {"reason": "a\x00b\ud800" + "ấ" * 3000, "actor_name": "n" * 500, "object_id": "9" * 100}
    changes = {"rate": [None, trail.plain(float("nan"))], "số": [1e-7, 10**30], "text": ["\ud800\x00", "e\u0301"]}
    with province.system():
        with system_act(Verb.IMPORT, "test") as writing:
            trail.append(db.session(), entry(1, writing.now) | strange | {"changes": json.loads(json.dumps(changes))})
        assert told(verified()) == []
        last = db.session.execute(text("SELECT reason, actor_name FROM audit_entry ORDER BY id DESC LIMIT 1")).one()
        assert (len(last.reason), last.reason[:4], len(last.actor_name)) == (2000, "a\ufffdb?", 200)

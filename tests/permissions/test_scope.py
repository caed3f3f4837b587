"""The read floor: every table, every role, many ways to ask, always the same rows and never one more (Điều 4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, exists, func, insert, inspect, literal, select, text, union_all, update
from sqlalchemy.orm import aliased, joinedload, lazyload, selectinload, subqueryload

import models as m
from extensions import db
from permissions.scope import ReadRefused, visible
from tests.permissions.readers import CUT, READERS, RULES, Everything, Reader, expected
from tests.support.world import Province

MODELS = tuple(mapper.class_ for mapper in db.Model.registry.mappers)
Way = Callable[[type[Any], Any], set[Any]]


def everything(province: Province, *, late: bool = False) -> Everything:
    if late:
        province.move_clock(days=11)
    with province.system():
        return Everything.read(late=late)


def key_of(model: type[Any]) -> Any:
    (column,) = inspect(model).primary_key
    return getattr(model, column.key)


def by_entity(model: type[Any], key: Any) -> set[Any]:
    return {getattr(row, key.key) for row in db.session.scalars(select(model))}


def by_column(model: type[Any], key: Any) -> set[Any]:
    return set(db.session.scalars(select(key)))


def by_alias(model: type[Any], key: Any) -> set[Any]:
    other = aliased(model)
    return set(db.session.scalars(select(getattr(other, key.key))))


def by_subquery(model: type[Any], key: Any) -> set[Any]:
    inner = select(model).subquery()
    return set(db.session.scalars(select(inner.c[inspect(model).primary_key[0].name])))


def by_entity_of_subquery(model: type[Any], key: Any) -> set[Any]:
    other = aliased(model, select(model).subquery())
    return set(db.session.scalars(select(getattr(other, key.key))))


def by_cte(model: type[Any], key: Any) -> set[Any]:
    inner = select(key.label("key")).cte()
    return set(db.session.scalars(select(inner.c.key)))


def by_union(model: type[Any], key: Any) -> set[Any]:
    return set(db.session.scalars(union_all(select(key), select(key))))


def by_self_join(model: type[Any], key: Any) -> set[Any]:
    other = aliased(model)
    other_key = getattr(other, key.key)
    return set(db.session.scalars(select(other_key).join(model, key == other_key)))


def by_catalogue_join(model: type[Any], key: Any) -> set[Any]:
    level = aliased(m.Level)
    return set(db.session.scalars(select(key).select_from(level).join(model, literal(1) == 1)))


def by_joined_alias(model: type[Any], key: Any) -> set[Any]:
    other = aliased(model)
    return set(db.session.scalars(select(getattr(other, key.key)).select_from(m.Level).join(other, literal(1) == 1)))


def by_outer_joined_alias(model: type[Any], key: Any) -> set[Any]:
    level, other = aliased(m.Level), aliased(model)
    found = select(getattr(other, key.key)).select_from(level).outerjoin(other, literal(1) == 1)
    return {id_ for id_ in db.session.scalars(found) if id_ is not None}


def by_correlated_exists(model: type[Any], key: Any) -> set[Any]:
    other = aliased(model)
    return set(db.session.scalars(select(key).where(exists().where(getattr(other, key.key) == key))))


def by_scalar_subquery(model: type[Any], key: Any) -> set[Any]:
    other = aliased(model)
    inner = select(getattr(other, key.key)).where(getattr(other, key.key) == key).correlate(model).scalar_subquery()
    return {found for found in db.session.scalars(select(inner).select_from(model)) if found is not None}


def by_query(model: type[Any], key: Any) -> set[Any]:
    return {found for (found,) in db.session.query(key).all()}


def by_pages(model: type[Any], key: Any) -> set[Any]:
    return set(db.session.scalars(select(key).order_by(key).limit(100_000).offset(0)).yield_per(7))


WAYS: tuple[Way, ...] = (
    by_entity,
    by_column,
    by_alias,
    by_subquery,
    by_entity_of_subquery,
    by_cte,
    by_union,
    by_self_join,
    by_catalogue_join,
    by_joined_alias,
    by_outer_joined_alias,
    by_correlated_exists,
    by_scalar_subquery,
    by_query,
    by_pages,
)


@pytest.fixture(params=(*READERS, CUT), ids=lambda reader: reader.login)
def reader(request: pytest.FixtureRequest) -> Reader:
    found: Reader = request.param
    return found


def test_every_table_has_its_rule_and_every_rule_has_rows(full: Province) -> None:
    """No table without a rule here, and none so empty that its test would pass whatever the floor does."""
    assert set(MODELS) == set(RULES)
    all_ = everything(full)
    assert all(all_.rows[model] for model in MODELS)
    scoped = [model for model in MODELS if RULES[model].__name__ not in ("everybody", "nobody")]
    for model in scoped:
        seen = [expected(all_, reader, model) for reader in READERS]
        assert any(rows < set(all_.rows[model]) for rows in seen), f"{model.__name__}: nothing is hidden from anybody"
        assert any(seen), f"{model.__name__}: nobody sees anything"


def test_each_way_to_ask_gives_the_same_rows(full: Province, reader: Reader) -> None:
    all_ = everything(full)
    with full.acting(reader.login):
        for model in MODELS:
            key, wanted = key_of(model), expected(all_, reader, model)
            for way in WAYS:
                assert way(model, key) == wanted, f"{model.__name__} {way.__name__}"
            db.session.expunge_all()
            assert db.session.scalar(select(func.count()).select_from(model)) == len(wanted)
            assert db.session.query(model).count() == len(wanted)
            assert db.session.scalar(select(func.max(key))) == max(wanted, default=None)
            some = [*list(wanted)[:3], *[id_ for id_ in all_.rows[model] if id_ not in wanted][:20]]
            found = {id_ for id_ in some if db.session.get(model, id_) is not None}
            assert found == wanted & set(some), f"{model.__name__} get"


def test_after_the_deadline_a_seat_reads_the_forms_of_its_own_units(full: Province, reader: Reader) -> None:
    """Before it, only forms closed early; afterwards all but the one that was given more time."""
    all_ = everything(full, late=True)
    with full.acting(reader.login):
        for model in (m.Assessment, m.Score, m.FieldSheet, m.Subtotal, m.Evidence, m.EvidenceLink, m.Exemption):
            assert by_column(model, key_of(model)) == expected(all_, reader, model), model.__name__


def test_one_by_one_a_hidden_row_is_not_there(full: Province, reader: Reader) -> None:
    all_ = everything(full)
    with full.acting(reader.login):
        for model in MODELS:
            wanted, key = expected(all_, reader, model), key_of(model)
            hidden = next((id_ for id_ in all_.rows[model] if id_ not in wanted), None)
            for id_ in [*list(wanted)[:1], *([hidden] if hidden is not None else [])]:
                seen = id_ in wanted
                if hasattr(model, "id"):
                    assert visible(db.session(), model, id=id_) is seen
                assert (db.session.scalars(select(model).where(key == id_)).one_or_none() is not None) is seen


def relations() -> Iterator[tuple[type[Any], str, type[Any], bool]]:
    for model in MODELS:
        for relation in inspect(model).relationships:
            yield model, relation.key, relation.mapper.class_, relation.uselist


@pytest.mark.parametrize("strategy", [lazyload, joinedload, selectinload, subqueryload], ids=lambda s: s.__name__)
@pytest.mark.parametrize("reader", [*READERS[::3], CUT], ids=lambda reader: reader.login)
def test_a_relation_leads_to_no_hidden_row(full: Province, reader: Reader, strategy: Any) -> None:
    all_ = everything(full)
    followed = 0
    with full.acting(reader.login):
        for model, name, target, many in relations():
            db.session.expunge_all()
            wanted = expected(all_, reader, target)
            for row in db.session.scalars(select(model).options(strategy(getattr(model, name)))).unique().all():
                value = getattr(row, name)
                for found in value if many else [value]:
                    if found is not None:
                        followed += 1
                        assert getattr(found, key_of(target).key) in wanted, f"{model.__name__}.{name}"
    assert followed, "no relation was followed"


def test_a_relation_leads_to_the_rows_in_sight(full: Province) -> None:
    """The other side: an officer still reaches the own unit, form and criteria by every strategy."""
    for strategy in (lazyload, joinedload, selectinload, subqueryload):
        with full.acting("officer.x11"):
            scores = db.session.scalars(
                select(m.Score).options(
                    strategy(m.Score.unit), strategy(m.Score.assessment), strategy(m.Score.criterion)
                )
            ).all()
            assert scores
            assert {score.unit.code for score in scores} == {"X11"}
            assert all(score.assessment is not None and score.criterion is not None for score in scores)


def test_layers_of_the_own_form_stay_hidden_until_released(full: Province) -> None:
    """The cases by name, so that a rule wrong on both sides would still show here."""

    def layers(login: str, unit: str, round_: str = "2024") -> set[int]:
        with full.acting(login):
            return {
                int(layer)
                for layer in db.session.scalars(
                    select(m.Score.layer)
                    .join(m.Assessment, m.Assessment.id == m.Score.assessment_id)
                    .join(m.Round, m.Round.id == m.Assessment.round_id)
                    .join(m.Unit, m.Unit.id == m.Score.unit_id)
                    .where(m.Unit.code == unit, m.Round.code == round_)
                )
            }

    assert layers("leader.x11", "X11") == {10, 20}
    assert layers("officer.sa", "SA") == {10, 20, 30}, "released up to the appraisal"
    assert layers("leader.x12", "X12") == {10, 20, 30, 40, 45, 50}, "released up to the council"
    assert layers("manager.h1", "H1") == {10, 20}, "a district's manager is a unit like others for its own form"
    assert layers("manager.h1", "X11") == {10, 20, 30, 40, 45, 50}
    assert layers("manager.h1", "SA") == layers("manager.h1", "X21") == set()
    assert layers("admin", "H1") == layers("observer", "H1") == {10, 20, 30, 40, 45, 50}
    assert layers("helper1.p", "SA") == {10, 20, 30, 40, 45, 50}
    assert layers("helper1.p", "SB") == layers("helper1.p", "X12") == layers("helper1.p", "SA", "2023") == set()
    assert layers("auditor", "SA") == set()


def test_an_auditor_reads_the_trail_without_values_and_no_scores(full: Province) -> None:
    with full.acting("auditor"):
        assert db.session.scalar(
            select(func.count()).select_from(m.AuditEntry).where(m.AuditEntry.object_type == "Score")
        )
        for model in (m.Score, m.Subtotal, m.FieldSheet, m.Assessment, m.Evidence, m.EditionLeaf, m.Notice):
            assert db.session.scalar(select(func.count()).select_from(model)) == 0
        entry = db.session.scalars(select(m.AuditEntry).limit(1)).one()
        with pytest.raises(Exception, match="raiseload=True"):
            _ = entry.changes


def test_the_trail_of_the_own_unit_tells_a_manager_nothing_unreleased(full: Province) -> None:
    """Else the values of an appraisal could be read in the history of the form before its release."""
    with full.system():
        unit = db.session.scalars(select(m.Unit.id).where(m.Unit.code == "H1")).one()
        commune = db.session.scalars(select(m.Unit.id).where(m.Unit.code == "X11")).one()
    with full.app.app_context():
        _trail(unit, commune)
    with full.acting("manager.h1"):
        seen = set(db.session.execute(select(m.AuditEntry.verb, m.AuditEntry.unit_id)).all())
    assert ("appraise", commune) in seen
    assert ("score", unit) in seen
    assert ("appraise", unit) not in seen


def _trail(*units: int) -> None:
    from permissions import trail
    from permissions.actor import system_scope
    from permissions.gate import system_act
    from rules.verbs import Verb

    with system_scope("test"), system_act(Verb.IMPORT, "test") as writing:
        for unit_id in units:
            for verb in ("appraise", "score"):
                trail.append(
                    db.session(),
                    {
                        "at": writing.now,
                        "actor_name": "Tổ viên",
                        "unit_id": unit_id,
                        "verb": verb,
                        "operation": "create",
                        "object_type": "Score",
                        "object_id": "1",
                        "changes": {"points": [None, "5"]},
                    },
                )


# What the floor cannot judge it refuses


def statements() -> dict[str, Any]:
    table = m.Score.__table__
    return {
        "core select": select(table.c.id),
        "core select of some": table.select().where(table.c.id == 1),
        "core count": select(func.count()).select_from(table),
        "core update": table.update().values(note="x"),
        "core delete": table.delete(),
        "core insert": table.insert().values(note="x"),
        "text": text("SELECT id FROM score"),
        "text as entity": select(m.Score).from_statement(text("SELECT * FROM score")),
        "core as entity": select(m.Score).from_statement(table.select()),
        "bare exists": select(literal(1)).where(exists().where(m.Score.id == 1)),
        "bulk update": update(m.Score).values(note="x"),
        "bulk delete": delete(m.Score),
        "bulk insert": insert(m.Score).values(note="x"),
        "bulk update by entity": update(m.Level).values(name="x"),
    }


@pytest.mark.parametrize("name", list(statements()))
@pytest.mark.parametrize("login", ["admin", "officer.x11"])
def test_what_the_floor_cannot_judge_is_refused(full: Province, login: str, name: str) -> None:
    with full.acting(login), pytest.raises(ReadRefused):
        db.session.execute(statements()[name])


def test_bulk_writes_of_the_legacy_kind_are_refused(full: Province) -> None:
    with full.acting("admin"):
        with pytest.raises(ReadRefused):
            db.session.query(m.Level).delete()
        with pytest.raises(ReadRefused):
            db.session.query(m.Level).update({"name": "x"})


def test_a_table_without_a_line_cannot_be_read(full: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    from permissions import scope

    monkeypatch.delitem(scope.ROWS, m.Evidence)
    with full.acting("admin"):
        with pytest.raises(ReadRefused, match="Evidence"):
            db.session.scalars(select(m.Evidence)).all()
        link = db.session.scalars(select(m.EvidenceLink)).first()
        assert link is not None
        with pytest.raises(ReadRefused, match="Evidence"):  # nor through a relation
            _ = link.evidence
        with pytest.raises(ReadRefused, match="Evidence"):
            db.session.scalars(select(m.EvidenceLink).options(joinedload(m.EvidenceLink.evidence))).all()


def test_nobody_and_a_person_without_authority_see_nothing(full: Province) -> None:
    from permissions.actor import Actor, set_actor

    with full.app.test_request_context():
        assert not any(by_column(model, key_of(model)) for model in MODELS)
        from models import clock

        set_actor(Actor(1, "Không vai trò", clock.now(), (), None))
        assert not any(by_column(model, key_of(model)) for model in MODELS)

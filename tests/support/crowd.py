"""The small province with many rows of every kind that grows: for counting statements, not for judging what they say.

Laid below the ORM in batches; each added commune has what one of the small province has, and a form in the open round.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import func, insert, select

import models as m
from extensions import db
from models import clock
from permissions.actor import set_actor, system_scope
from permissions.gate import system_act
from permissions.identity import load_actor
from rules import text
from rules.verbs import Verb
from rules.vocabulary import Basis, Function, Layer, Method, State
from services.publication import FieldLine, Line, store_edition
from tests.support import world

#: The council of this district assesses the added communes; one of its fields is handed in.
DISTRICT, COUNCIL, HANDED_IN = "H1", "Hội đồng huyện 1", "1"
DAY = date(2024, 3, 1)


def fill(communes: int) -> None:
    """Make the province, then add communes with all that hangs on them: 17 scores and some 40 rows each."""
    world.build()
    with system_scope("test crowd"):
        Crowd(communes).add()
        db.session.commit()
    _publish()


class Crowd:
    """The added communes; ids go on where those of the small province end."""

    def __init__(self, communes: int) -> None:
        self.numbers = range(communes)
        self.now = clock.now()
        self.admin_id = db.session.scalars(select(m.Account.id).where(m.Account.username == "admin")).one()
        self.council = db.session.scalars(select(m.Council).where(m.Council.name == COUNCIL)).one()
        self.group = db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.code == "commune")).one()
        self.set_id = self.group.criteria_set_id
        self.leaves = db.session.scalars(
            select(m.Criterion).where(m.Criterion.set_id == self.set_id, m.Criterion.is_leaf)
        ).all()
        self.units = _after(m.Unit, communes)
        self.forms = _after(m.Assessment, communes)
        self.accounts = _after(m.Account, communes)

    def add(self) -> None:
        self._units()
        self._people()
        self._forms()
        self._scores()
        self._documents()

    def _units(self) -> None:
        above = db.session.scalars(select(m.Unit).where(m.Unit.code == DISTRICT)).one()
        kind = db.session.scalars(select(m.UnitKind).where(m.UnitKind.name == "xã")).one()
        unit_group = db.session.scalars(select(m.UnitGroup)).one()
        names = [f"Xã Đông Đúc {number}" for number in self.numbers]
        _lay(
            m.Unit,
            (
                {
                    "id": id_,
                    "code": f"C{id_}",
                    "name": name,
                    "name_sort": text.sort_key(name),
                    "name_search": text.fold(name),
                    "kind_id": kind.id,
                    "parent_id": above.id,
                    "path": f"{above.path}{id_}.",
                    "version": 1,
                }
                for id_, name in zip(self.units, names, strict=True)
            ),
        )
        _lay(m.UnitGroupMember, ({"group_id": unit_group.id, "unit_id": id_} for id_ in self.units))
        _lay(
            m.UnitChange,
            ({"from_unit_id": id_, "to_unit_id": above.id, "effective_on": DAY, "how": "whole"} for id_ in self.units),
        )

    def _people(self) -> None:
        council = db.session.scalars(select(m.Council).where(m.Council.name == "Hội đồng tỉnh")).one()
        seats, posts = _after(m.Seat, len(self.numbers)), _after(m.Post, len(self.numbers))
        both = list(zip(self.accounts, self.units, strict=True))
        _lay(
            m.Account,
            (
                {
                    "id": id_,
                    "username": f"crowd{id_}",
                    "full_name": f"Người {id_}",
                    "unit_id": unit_id,
                    "created_at": self.now,
                    "version": 1,
                }
                for id_, unit_id in both
            ),
        )
        dates = {"valid_from": DAY, "version": 1}
        _lay(
            m.Post,
            (
                {"id": post, "account_id": id_, "unit_id": unit_id, "function": Function.OFFICER, **dates}
                for post, (id_, unit_id) in zip(posts, both, strict=True)
            ),
        )
        _lay(
            m.Seat,
            (
                {
                    "id": seat,
                    "council_id": council.id,
                    "account_id": id_,
                    "unit_id": council.unit_id,
                    "function": Function.HELPER,
                    **dates,
                }
                for seat, id_ in zip(seats, self.accounts, strict=True)
            ),
        )
        assigned = {"criterion_id": self.leaves[0].id, "owner_unit_id": council.unit_id}
        _lay(m.Assignment, ({"seat_id": seat, **assigned} for seat in seats))
        lent = {"verbs": ["read"], "valid_to": DAY + timedelta(days=3650), "reason": "Đi công tác", **dates}
        _lay(
            m.Delegation,
            (
                {"post_id": post, "receiver_id": id_, "unit_id": unit_id, **lent}
                for post, (id_, unit_id) in zip(posts, both, strict=True)
            ),
        )

    def _forms(self) -> None:
        _lay(
            m.Assessment,
            (
                {"id": id_, "unit_id": unit_id, "round_id": self.group.round_id, "group_id": self.group.id, **rest}
                for id_, unit_id in zip(self.forms, self.units, strict=True)
                for rest in ({"criteria_set_id": self.set_id, "released": Layer.SUPERIOR, "version": 1},)
            ),
        )
        of = {"council_id": self.council.id, "round_id": self.group.round_id}
        _lay(m.CouncilUnit, ({**of, "unit_id": id_} for id_ in self.units))
        fields = db.session.scalars(
            select(m.Criterion).where(m.Criterion.set_id == self.set_id, m.Criterion.parent_id.is_(None))
        ).all()
        sheets = _after(m.FieldSheet, len(self.numbers) * len(fields))
        placed = [(key, field) for key in self._keys() for field in fields]
        _lay(
            m.FieldSheet,
            (
                {
                    "id": id_,
                    **key,
                    "field_id": field.id,
                    "state": State.APPRAISED if field.code == HANDED_IN else State.APPRAISAL,
                    "version": 1,
                }
                for id_, (key, field) in zip(sheets, placed, strict=True)
            ),
        )
        _lay(
            m.Subtotal,
            (
                {"sheet_id": id_, "assessment_id": key["assessment_id"], "unit_id": key["unit_id"], "basis": basis}
                for id_, (key, _) in zip(sheets, placed, strict=True)
                for basis in (Basis.SELF, Basis.APPRAISED)
            ),
        )

    def _scores(self) -> None:
        said = {
            "inputs": {},
            "points": Decimal(1),
            "note": "Ghi chú",
            "reason": "Lý do",
            "author_id": self.admin_id,
            "updated_at": self.now,
        }
        _lay(
            m.Score,
            (
                {**key, "criterion_id": leaf.id, "layer": layer, **said}
                for key in self._keys()
                for leaf in self.leaves
                for layer in _layers(leaf)
            ),
        )

    def _documents(self) -> None:
        numbers = _after(m.Evidence, len(self.numbers))
        _lay(
            m.Evidence,
            (
                {"id": id_, "unit_id": unit_id, "title": "Kế hoạch", "author_id": self.admin_id, "version": 1}
                | {"created_at": self.now}
                for id_, unit_id in zip(numbers, self.units, strict=True)
            ),
        )
        _lay(
            m.EvidenceLink,
            (
                {**key, "evidence_id": id_, "criterion_id": self.leaves[0].id}
                for id_, key in zip(numbers, self._keys(), strict=True)
            ),
        )
        told = {"message_id": "The unit is told.", "params": {}, "author_id": self.admin_id, "created_at": self.now}
        _lay(
            m.Notice,
            ({"unit_id": key["unit_id"], "assessment_id": key["assessment_id"], **told} for key in self._keys()),
        )

    def _keys(self) -> list[dict[str, int]]:
        return [
            {"assessment_id": form_id, "unit_id": unit_id, "criteria_set_id": self.set_id}
            for form_id, unit_id in zip(self.forms, self.units, strict=True)
        ]


def _layers(leaf: m.Criterion) -> tuple[Layer, ...]:
    if leaf.method is Method.SURVEY:
        return (Layer.SURVEY,)
    return (Layer.SELF, Layer.APPRAISAL) if leaf.self_scored else ()


def _publish() -> None:
    """Publish every form of the communes, whatever its state: a table as long as the list of units."""
    with system_scope("test crowd"):
        admin = db.session.scalars(select(m.Account).where(m.Account.username == "admin")).one()
        set_actor(load_actor(db.session(), admin.id, admin.full_name, clock.now(), None))
        with system_act(Verb.PUBLISH, "test crowd") as publishing:
            group = db.session.scalars(select(m.RankingGroup).where(m.RankingGroup.code == "commune")).one()
            units = db.session.scalars(select(m.Assessment.unit_id).where(m.Assessment.group_id == group.id)).all()
            fields = (
                FieldLine("1", "Chỉ đạo, điều hành", Decimal(50)),
                FieldLine("2", "Thủ tục hành chính", Decimal(9)),
            )
            lines = [Line(id_, Decimal(80), Decimal(100), Decimal(80 - id_ % 40), fields=fields) for id_ in units]
            store_edition(publishing, group, lines, "01/QĐ-UBND", DAY)
    set_actor(None)


def _after(model: Any, count: int) -> range:
    first = (db.session.scalar(select(func.max(model.id))) or 0) + 1
    return range(first, first + count)


def _lay(model: Any, rows: Any) -> None:
    db.session.connection().execute(insert(model), list(rows))

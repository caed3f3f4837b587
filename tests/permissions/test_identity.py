"""From an account to its authorities: what is valid today, own before lent, and never more than the giver holds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest

import models as m
from extensions import db
from models import clock
from permissions.actor import Actor, current_actor, system_scope
from permissions.gate import system_act
from rules.verbs import Role, Verb
from rules.vocabulary import Function
from tests.support.world import Province


def holding(province: Province, login: str) -> Actor:
    with province.acting(login):
        actor = current_actor()
        assert actor is not None
        return actor


@contextmanager
def changing(province: Province) -> Iterator[None]:
    with province.app.app_context(), system_scope("test"), system_act(Verb.MANAGE_ACCOUNTS, "test"):
        yield


def lend(province: Province, giver: str, receiver: str, *, seat: bool = False, **values: Any) -> None:
    held = m.Seat if seat else m.Post
    key = province.id_of(held, account_id=province.id_of(m.Account, username=giver))
    receiver_id = province.id_of(m.Account, username=receiver)
    unit_id = province.id_of(m.Unit, code="P")
    with changing(province):
        today = clock.now().date()
        between = {"valid_from": today - timedelta(days=5), "valid_to": today + timedelta(days=5)}
        db.session.add(
            m.Delegation(
                **{"seat_id" if seat else "post_id": key},
                receiver_id=receiver_id,
                unit_id=unit_id,
                verbs=["score", "read"],
                reason="Đi công tác",
                **{**between, **values},
            )
        )


def test_one_post_gives_one_authority(province: Province) -> None:
    (own,) = holding(province, "officer.x11").authorities
    assert (own.role, own.unit_name, own.lent, own.council_id) == (Role.OFFICER, "Xã Ấp Bắc", None, None)


def test_a_seat_carries_its_council_and_round(province: Province) -> None:
    (seat,) = holding(province, "helper.h1").authorities
    assert (seat.role, seat.council_name, seat.unit_name) == (Role.HELPER, "Hội đồng huyện 1", "Huyện Đông Thành")
    assert seat.council_round_id == province.id_of(m.Round, code="2024")


def test_a_manager_at_the_root_is_the_administrator(province: Province) -> None:
    assert [a.role for a in holding(province, "admin").authorities] == [Role.ADMINISTRATOR]
    assert [a.role for a in holding(province, "manager.h1").authorities] == [Role.MANAGER]


@pytest.mark.parametrize(("giver", "seat"), [("leader.sa", False), ("helper.h1", True)])
def test_what_is_lent_follows_what_is_own(province: Province, giver: str, seat: bool) -> None:
    lend(province, giver, "officer.x11", seat=seat)
    source = holding(province, giver).authorities[0]
    actor = holding(province, "officer.x11")
    own, lent = actor.authorities
    assert actor.authority == own
    assert (lent.role, lent.unit_id, lent.seat_id) == (source.role, source.unit_id, source.seat_id)
    assert (lent.lent, lent.on_behalf_of) == (frozenset({"score", "read"}), holding(province, giver).name)
    assert lent.key.startswith("delegation:")
    persons = {province.id_of(m.Account, username=login) for login in ("officer.x11", giver)}
    assert actor.interests == persons, "the giver's interests count too"


def test_what_is_lent_ends_with_what_the_giver_holds(province: Province) -> None:
    lend(province, "leader.sa", "officer.x11")
    post_id = province.id_of(m.Post, account_id=province.id_of(m.Account, username="leader.sa"))
    with changing(province):
        db.session.get_one(m.Post, post_id).valid_to = clock.now().date() - timedelta(days=2)
    assert [a.role for a in holding(province, "officer.x11").authorities] == [Role.OFFICER]


def test_a_disabled_giver_lends_nothing(province: Province) -> None:
    lend(province, "leader.sa", "officer.x11")
    giver_id = province.id_of(m.Account, username="leader.sa")
    with changing(province):
        db.session.get_one(m.Account, giver_id).active = False
    assert len(holding(province, "officer.x11").authorities) == 1


@pytest.mark.parametrize("ended", ["revoked", "over", "not yet"])
def test_a_delegation_out_of_force_lends_nothing(province: Province, ended: str) -> None:
    with province.system():
        now = clock.now()
    values = {
        "revoked": {"revoked_at": now},
        "over": {"valid_to": now.date() - timedelta(days=2)},
        "not yet": {"valid_from": now.date() + timedelta(days=2)},
    }[ended]
    lend(province, "leader.sa", "officer.x11", **values)
    assert len(holding(province, "officer.x11").authorities) == 1


def test_posts_come_in_the_order_of_the_tree_before_seats(province: Province) -> None:
    account_id = province.id_of(m.Account, username="helper.h1")
    units = {code: province.id_of(m.Unit, code=code) for code in ("X12", "SA")}
    with changing(province):
        since = clock.now().date() - timedelta(days=1)
        for unit_id in units.values():
            db.session.add(m.Post(account_id=account_id, unit_id=unit_id, function=Function.OFFICER, valid_from=since))
    actor = holding(province, "helper.h1")
    assert [a.unit_name for a in actor.authorities] == ["Sở Tư pháp", "Xã Đức Hòa", "Huyện Đông Thành"]
    assert actor.interests == {account_id}

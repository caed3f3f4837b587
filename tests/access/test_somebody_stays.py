"""Somebody stays who keeps accounts, today and on every later day, whoever takes what from whom (Điều 9.1)."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest

import models as m
from services.access.administrators import administrators
from services.unused import disable_unused
from tests.access.steps import Office, day, kept, restrict, second_admin
from tests.admin.desk import form_of
from tests.auth.support import set_rules
from tests.permissions.stages import by, writing
from tests.staff import steps
from tests.support.world import Province, token

NOBODY = "không còn ai quản trị"
TAKING: list[tuple[str, dict[str, str]]] = [
    ("suspend", {}),
    ("restrict", {"read_only": "y"}),
    ("restrict", {"read_only": "y", "valid_from": "2090-01-01"}),
    ("days", {"valid_to": "2090-01-01"}),
]


def _keepers(province: Province, days: int = 0) -> frozenset[int]:
    with province.system():
        return administrators(day(province, days))


def _admin(province: Province) -> int:
    return province.id_of(m.Account, username="admin")


@pytest.mark.parametrize(("do", "more"), TAKING)
@pytest.mark.parametrize("ends", ["post", "account", "restricted"])
def test_who_ceases_soon_takes_nothing_from_the_one_who_stays(
    province: Province, do: str, more: dict[str, str], ends: str
) -> None:
    """Two administer today; the one at work ceases in two days, by its post, its account, or a restriction to come."""
    soon = day(province, 2)
    days: dict[str, Any] = {"post": {"post_to": soon}, "account": {"last": soon}, "restricted": {}}
    second_admin(province, **days[ends])
    if ends == "restricted":
        restrict(province, "admin2", read_only=True, first=day(province, 3))
    office = Office.of(province, "admin2")
    assert NOBODY in office.fails("admin", do, **more)
    assert kept(province, "admin").active
    assert _keepers(province, 3) == {_admin(province)}
    # A third one who stays makes the difference.
    office.does("officer.sa", "post", unit="P", function="manager")
    office.does("admin", do, **more)


def test_the_day_from_which_nobody_would_be_left_is_named(province: Province) -> None:
    second_admin(province, post_to=day(province, 2))
    said = Office.of(province, "admin2").fails("admin", "suspend")
    assert f"Từ ngày {day(province, 3):%d/%m/%Y} sẽ {NOBODY}" in said


def test_a_post_at_the_top_does_not_end_where_nobody_follows(province: Province) -> None:
    second_admin(province, post_to=day(province, 2))
    office = Office.of(province, "admin2")
    post = province.id_of(m.Post, account_id=_admin(province))
    edit = f"post/edit/?id={post}"
    shown = form_of(office.desk.get(edit)).to_dict()
    for wrong in ({"valid_to": day(province)}, {"valid_from": day(province, 9)}):
        assert NOBODY in office.desk.refused(edit, **{**shown, **wrong, "reason": "Chuyển công tác"}), wrong
    office.desk.post("post/delete/", id=post, confirmed="yes", reason="Ghi nhầm")
    assert _keepers(province, 3) == {_admin(province)}
    # While the other is there anyway, it may.
    office.desk.saved(edit, **{**shown, "valid_from": day(province, 1), "reason": "Ghi nhầm"})


def test_a_unit_at_the_top_that_has_ended_gives_no_administrator(province: Province) -> None:
    """No screen ends it; should data have it so, its posts do not count."""
    with writing(province):
        by(m.Unit, code="P").valid_to = day(province, 2)
    assert _keepers(province, 2)
    assert not _keepers(province, 3)


def test_a_staff_decision_leaves_somebody_too(province: Province) -> None:
    """The account of who decides ends tomorrow: it does not retire the one who stays."""
    second_admin(province, last=day(province, 1))
    with writing(province):
        by(m.Account, username="admin").unit_id = by(m.Unit, code="X11").id
    (row,) = steps.reported(province, {"login": "admin", "move": "retired", "day": day(province)})
    answer = steps.decide(province.client("admin2"), row)
    assert answer.status_code == 422
    assert NOBODY in steps.text(answer)
    assert _keepers(province, 2) == {_admin(province)}


def test_of_two_who_retire_each_other_at_once_one_stays(province: Province) -> None:
    """The second waits for the first, and is told why it cannot."""
    second_admin(province)
    with writing(province):
        for login in ("admin", "admin2"):
            by(m.Account, username=login).unit_id = by(m.Unit, code="X11").id
    of_first, of_second = steps.reported(
        province,
        {"login": "admin", "move": "retired", "day": day(province)},
        {"login": "admin2", "move": "retired", "day": day(province)},
    )
    start, answers = Barrier(2), []

    def decides(login: str, row: m.StaffChange) -> None:
        client = province.client(login)
        data = {
            "csrf_token": token(client, "/password"),
            "do": "accept",
            f"row-{row.id}-version": str(row.version),
        }
        start.wait()
        answers.append(client.post(f"/staff-requests/{row.request_id}/rows/{row.id}", data=data))

    both = [Thread(target=decides, args=one) for one in (("admin", of_second), ("admin2", of_first))]
    for one in both:
        one.start()
    for one in both:
        one.join()
    said = {answer.status_code: steps.text(answer) for answer in answers}
    assert len(answers) == 2
    assert len(_keepers(province)) == 1
    # Who comes first is done; the other one is either told that nobody would be left, or is already no administrator.
    assert sorted(said)[-1] in (403, 422), sorted(said)
    assert 503 not in said


def test_disabling_unused_accounts_leaves_somebody_on_later_days_too(province: Province, monkeypatch: Any) -> None:
    """Of two the one who stays was not here for long, the other one works but ceases in two days: both stay for now."""
    set_rules(province, monkeypatch, disable_unused=True, unused_days=20)
    province.move_clock(days=90)  # every window is closed
    second_admin(province, post_to=day(province, 2))
    with province.app.app_context():
        found, disabled = disable_unused()
    assert {one.kept for one in found if one.username == "admin"} == {"administrator"}
    assert disabled
    assert _keepers(province, 3) == {_admin(province)}

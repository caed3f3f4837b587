"""What changes nothing leaves its trace too: refusals, and every file that any route hands out (LO-01, LO-02)."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, text

import models as m
from extensions import db
from services.trail import notes
from tests.support.world import Province, token


def entries(province: Province, operation: str) -> list[Any]:
    with province.system():
        entry = m.AuditEntry
        columns = (
            entry.actor_name,
            entry.authority,
            entry.unit_id,
            entry.verb,
            entry.object_type,
            entry.object_id,
            entry.object_name,
            entry.reason,
            entry.request_id,
            entry.address,
            entry.changes,
        )
        return list(db.session.execute(select(*columns).where(entry.operation == operation).order_by(entry.id)))


def test_a_refusal_tells_who_tried_what_where_and_why_not(province: Province) -> None:
    client = province.client("officer.x11")
    own, other = province.form_id("X11"), province.form_id("X12")
    csrf = token(client, "/account/")
    assert client.post(f"/assessments/{own}/sign", data={"csrf_token": csrf}).status_code == 403
    assert client.get(f"/assessments/{other}").status_code == 404
    assert client.get("/admin/account/").status_code == 403
    role, hidden, screen = entries(province, "refused")
    assert (role.actor_name, role.authority) == ("Cán bộ Xã Ấp Bắc", "officer · Xã Ấp Bắc")
    assert (role.verb, role.object_type, role.object_id) == ("sign", "assessment", str(own))
    assert (role.unit_id, role.address) == (province.id_of(m.Unit, code="X11"), "127.0.0.1")
    assert role.reason == "Vai trò của anh/chị không có quyền: Ký duyệt phiếu." or role.reason
    assert role.changes["address"] == [None, f"POST /assessments/{own}/sign"]
    assert role.request_id
    assert (hidden.object_id, hidden.changes["refusal"]) == (str(other), [None, "hidden"])
    assert (screen.verb, screen.changes["address"]) == ("manage_accounts", [None, "GET /admin/account/"])


def test_nobody_fills_the_disk_and_nobody_unknown_writes(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    province.app.extensions.pop(notes._REFUSED, None)
    most = province.app.config["PARINDEX"].audit.refusals
    assert province.app.test_client().get("/admin/account/").status_code == 302
    assert entries(province, "refused") == []
    client, other = province.client("officer.x11"), province.client("officer.x12")
    for _ in range(most + 10):
        client.get("/admin/account/")
    found = entries(province, "refused")
    assert len(found) == most
    assert ["more" in entry.changes for entry in found] == [False] * (most - 1) + [True]
    other.get("/admin/account/")
    assert len(entries(province, "refused")) == most + 1, "of each account apart"
    province.move_clock(minutes=1, seconds=1)
    client.get("/admin/account/")
    assert len(entries(province, "refused")) == most + 2


def test_a_refusal_inside_an_act_undoes_it_and_stays(province: Province) -> None:
    """The leader signs too late: nothing of the act is there, but that it was tried is."""
    number = province.form_id("X11")
    province.move_clock(days=11)  # past the deadline
    client = province.client("leader.x11")
    csrf = token(client, "/account/")
    answer = client.post(f"/assessments/{number}/sign", data={"csrf_token": csrf, "confirmed": "yes"})
    assert answer.status_code == 409
    (tried,) = entries(province, "refused")
    assert (tried.verb, tried.changes["refusal"]) == ("sign", [None, "state"])


def test_a_refusal_that_the_view_answers_itself_leaves_its_trace_too(province: Province) -> None:
    """What was typed too late comes back on the sheet with the reason, not as an error page."""
    number = province.form_id("X11")
    client = province.client("officer.x11")
    page = client.get(f"/assessments/{number}").get_data(as_text=True)
    names = re.findall(r'name="([^"]*1\.4[^"]*)"', page)
    province.move_clock(days=11)
    client = province.client("officer.x11")
    data = dict.fromkeys(names, "1") | {name: "0" for name in names if "version" in name}
    answer = client.post(f"/assessments/{number}/scores", data=data | {"csrf_token": token(client, "/account/")})
    assert answer.status_code == 409
    (tried,) = entries(province, "refused")
    assert (tried.verb, tried.changes["refusal"]) == ("score", [None, "state"])


def files(province: Province, login: str) -> list[tuple[str, Any]]:
    """Ask every address that takes no argument, and those of one form, for a file."""
    client = province.client(login)
    form = province.form_id("X11")
    found = []
    addresses = [
        rule.rule for rule in province.app.url_map.iter_rules() if "GET" in (rule.methods or ()) and not rule.arguments
    ]
    addresses += [
        rule.rule.replace("<export_type>", kind)
        for rule in province.app.url_map.iter_rules()
        for kind in ("csv", "xlsx")
        if "<export_type>" in rule.rule
    ]
    addresses += [
        f"/assessments/{form}/workbook.xlsx",
        f"/papers/forms/{form}/form.pdf",
        f"/papers/forms/{form}/form.docx",
    ]
    for address in addresses:
        if address.startswith("/logout"):
            continue
        answer = client.get(address)
        answer.get_data()
        if "attachment" in answer.headers.get("Content-Disposition", ""):
            found.append((address, answer))
    return found


@pytest.mark.parametrize("login", ["admin", "officer.x11"])
def test_every_route_that_answers_a_file_leaves_its_entry(province: Province, login: str) -> None:
    found = files(province, login)
    assert len(found) >= (20 if login == "admin" else 3)
    told = entries(province, "export")
    assert [entry.changes["address"][1] for entry in told] == [f"GET {address}" for address, _answer in found]
    assert all(entry.object_name and entry.changes["kind"][1] for entry in told)
    with province.system():
        assert db.session.scalar(select(func.count()).where(m.AuditEntry.operation == "export")) == len(found)


def test_only_one_place_makes_a_file_of_an_answer() -> None:
    """Whoever makes an attachment makes it in two known places, and the look at every answer finds it by its header."""
    root = Path(__file__).resolve().parents[2]
    making = {
        path.relative_to(root).as_posix()
        for room in ("admin", "views", "services")
        for path in (root / room).rglob("*.py")
        if "attachment;" in path.read_text(encoding="utf-8") or "send_file" in path.read_text(encoding="utf-8")
    }
    assert making == {"services/tabular/writing.py", "views/files.py"}


def test_a_file_that_cannot_be_noted_does_not_leave(province: Province, monkeypatch: pytest.MonkeyPatch) -> None:
    client = province.client("admin")
    for name, value in (("ANSWER_FAULTS", True), ("PROPAGATE_EXCEPTIONS", False)):
        monkeypatch.setitem(province.app.config, name, value)
    with province.system(), db.engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_head RENAME TO away"))
    answer = client.get("/admin/unit/export/csv/")
    assert answer.status_code == 500
    assert "Xã Ấp Bắc" not in answer.get_data(as_text=True)


def test_what_the_operator_exports_is_noted_before_the_file_is_there(province: Province, tmp_path: Path) -> None:
    file = tmp_path / "ket-qua.csv"
    arguments = ["export", "results", str(file), "--round", "2024", "--group", "commune", "--basis", "self"]
    done = province.app.test_cli_runner().invoke(args=arguments)
    assert done.exit_code == 0, done.output
    (told,) = entries(province, "export")
    assert (told.object_name, told.object_id, told.actor_name) == ("ket-qua.csv", "2024/commune", "export of results")

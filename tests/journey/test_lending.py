"""A leader away from office lends the signature, seen from both sides in the browser (Điều 9.1)."""

from __future__ import annotations

from datetime import date, timedelta

from playwright.sync_api import Locator, expect

from models import clock
from permissions.identity import LOCAL_TIME
from tests.journey import others, unit_steps
from tests.journey.person import Browsers, Person, people
from tests.support.papers import paper, pdf_text, squeeze
from tests.support.world import Province

GIVER, RECEIVER = "Lãnh đạo Xã Đức Hòa", "Cán bộ Xã Đức Hòa"
BOTH = f"{RECEIVER}, thay mặt {GIVER}"
OVER = "The role you were working in is no longer yours: it was revoked, or its time is over."
REASON, BACK = "Đi công tác tại thành phố Cần Thơ", "Đã về cơ quan"


def _today(province: Province) -> date:
    with province.app.app_context():
        return clock.now().astimezone(LOCAL_TIME).date()


def _lend(leader: Person, first: date, *rights: str) -> None:
    """Go by the links from the own account to the form, fill it in, and lend for two days."""
    leader.link("Delegation").first.click()
    expect(leader.heading()).to_have_text(leader.words("Delegation of rights"))
    leader.link("Lend rights").click()
    leader.page.get_by_label(leader.words("Receiver")).select_option(label=f"{RECEIVER} (officer.x12)")
    for right in rights:
        leader.page.get_by_role("checkbox", name=leader.words(right), exact=True).check()
    leader.fill("First day", first.isoformat())
    leader.fill("Last day", (first + timedelta(days=1)).isoformat())
    leader.fill("Reason", REASON)
    leader.picture("uy-quyen-moi")
    leader.press("Lend")
    leader.told(f"Đã ủy quyền cho {RECEIVER}")
    expect(leader.page.get_by_role("row", name=RECEIVER).first).to_contain_text(leader.words("in force"))


def _take_role(officer: Person) -> None:
    """Choose the lent role on the page of roles."""
    officer.go("/")
    officer.told(officer.words("Change role"))
    officer.page.get_by_role("main").get_by_role("link", name=officer.words("Change role")).first.click()
    officer.page.get_by_role("radio", name=f"thay mặt {GIVER}").check()
    officer.press("Work in this role")
    _says_for_whom(officer)


def _ribbon(officer: Person) -> Locator:
    return officer.page.get_by_role("complementary", name=officer.words("Delegation"))


def _says_for_whom(officer: Person) -> None:
    expect(_ribbon(officer)).to_contain_text(f"thay mặt {GIVER}")


def _revoked_while_open(leader: Person, officer: Person, form: str) -> None:
    """Lent with entering points: revoked while the receiver's page is open, whose next save is refused in words."""
    _take_role(officer)
    officer.go(form)
    _says_for_whom(officer)
    leader.page.get_by_role("row", name=RECEIVER).get_by_role("link", name=leader.words("Revoke")).click()
    leader.fill("Reason", BACK)
    leader.press("Revoke")
    leader.told(leader.words("The delegation is revoked: it gives no right any more."))
    expect(leader.page.get_by_role("row", name=RECEIVER)).to_contain_text(BACK)
    box = unit_steps.row_of(officer, "1.5").get_by_role("textbox").first
    box.fill("1")
    box.blur()
    officer.told(officer.words(OVER))
    officer.go("/")
    officer.told(officer.words(OVER))
    expect(_ribbon(officer)).to_have_count(0)


def _signed_for_the_leader(officer: Person, form: str) -> None:
    """The receiver cannot lend on, signs, and both names stand on receipt and history."""
    _take_role(officer)
    officer.picture("uy-quyen-lam-viec")
    officer.link("Delegation").first.click()
    officer.told(officer.words("You act by delegation: what was lent to you is not lent on."))
    expect(officer.link("Lend rights")).to_have_count(0)
    answer = officer.page.goto("/account/lending/new")
    assert answer is not None
    assert answer.status == 403
    officer.go(f"{form}/check")
    officer.confirm("Sign off")
    officer.told(BOTH)
    _says_for_whom(officer)
    officer.go(f"{form}/history")
    officer.told(f"thay mặt {GIVER}")


def test_a_leader_lends_the_signature_revokes_it_and_it_ends_by_itself(
    new_context: Browsers, province: Province
) -> None:
    come = people(new_context, province.app)
    others.enter(province, "X12", others.CLAIMS["X12"])
    number, today = province.form_id("X12"), _today(province)
    form = f"/assessments/{number}"
    with come("leader.x12") as leader, come("officer.x12") as officer:
        _lend(leader, today, "Enter self-assessment", "Sign off")
        _revoked_while_open(leader, officer, form)
        _lend(leader, today, "Sign off")
        _signed_for_the_leader(officer, form)
        leader.go("/")
        leader.told(f"{BOTH} đã ký")
    printed = paper(province.client("leader.x12"), f"/papers/forms/{number}/form.pdf")
    assert squeeze(BOTH) in squeeze(pdf_text(printed))
    with come("admin") as admin:
        admin.go("/admin/audit/")
        signed = admin.page.get_by_role("row").filter(has_text=RECEIVER).filter(has_text=admin.words("Sign off"))
        expect(signed.filter(has_text=GIVER).first).to_be_visible()
    province.move_clock(days=2)
    with come("officer.x12") as officer:
        expect(_ribbon(officer)).to_have_count(0)
        officer.link("Delegation").first.click()
        officer.told(officer.words("ended"))
        expect(officer.button("Work in this role")).to_have_count(0)

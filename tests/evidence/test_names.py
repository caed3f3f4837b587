"""Names of files are data, never paths: whatever they are, they come back, name nothing outside the store and collide with nothing."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from werkzeug.http import parse_options_header

import models as m
from rules.files import MAX_NAME, clean_name, ending_of
from tests.assessment.support import person
from tests.evidence.samples import pdf
from tests.evidence.sending import rows, sent, stored
from tests.support.world import Province

#: As it is sent: as it is kept.
HOSTILE = {
    "../../../etc/passwd.pdf": "_.._.._etc_passwd.pdf",
    "..\\..\\windows\\system32\\a.pdf": "_.._windows_system32_a.pdf",
    "/etc/cron.d/a.pdf": "_etc_cron.d_a.pdf",
    "//server/share/a.pdf": "__server_share_a.pdf",
    "\\\\server\\share\\a.pdf": "__server_share_a.pdf",
    "C:\\Users\\a.pdf": "C:_Users_a.pdf",
    "C:a.pdf": "C:a.pdf",
    "file:///etc/a.pdf": "file:___etc_a.pdf",
    "a/../b.pdf": "a_.._b.pdf",
    "....//....//a.pdf": "__....__a.pdf",
    "%2e%2e%2fa.pdf": "%2e%2e%2fa.pdf",
    "..%c0%afa.pdf": "%c0%afa.pdf",
    "~/.ssh/a.pdf": "~_.ssh_a.pdf",
    "~root.pdf": "~root.pdf",
    "$HOME.pdf": "$HOME.pdf",
    "$(id).pdf": "$(id).pdf",
    "`id`.pdf": "`id`.pdf",
    ";rm -rf .pdf": ";rm -rf .pdf",
    "|cat.pdf": "|cat.pdf",
    "&calc.pdf": "&calc.pdf",
    "-rf.pdf": "-rf.pdf",
    "--help.pdf": "--help.pdf",
    "*.pdf": "*.pdf",
    "?.pdf": "?.pdf",
    "CON.pdf": "CON.pdf",
    "nul.pdf": "nul.pdf",
    "COM1.pdf": "COM1.pdf",
    "LPT9 .pdf": "LPT9 .pdf",
    "a.pdf:stream.pdf": "a.pdf:stream.pdf",
    "a.pdf. . .pdf": "a.pdf. . .pdf",
    "  a.pdf  ": "a.pdf",
    "a.pdf...": "a.pdf",
    "a.pdf . ": "a.pdf",
    ".htaccess.pdf": "htaccess.pdf",
    "...a.pdf": "a.pdf",
    ".a.pdf": "a.pdf",
    "a.php.pdf": "a.php.pdf",
    "a.pdf.exe.pdf": "a.pdf.exe.pdf",
    "<script>alert(1)<_script>.pdf": "<script>alert(1)<_script>.pdf",
    '"><img src=x onerror=alert(1)>.pdf': '"><img src=x onerror=alert(1)>.pdf',
    "'; DROP TABLE evidence_file; --.pdf": "'; DROP TABLE evidence_file; --.pdf",
    "{{7*7}}.pdf": "{{7*7}}.pdf",
    "${7*7}.pdf": "${7*7}.pdf",
    "{name}.pdf": "{name}.pdf",
    "%s%n%(name)s.pdf": "%s%n%(name)s.pdf",
    "=cmd|' /c calc'!A1.pdf": "=cmd|' _c calc'!A1.pdf",
    "a\u202efdp.exe.pdf": "afdp.exe.pdf",
    "\u2066a\u2069.pdf": "a.pdf",
    "a\u200bb.pdf": "ab.pdf",
    "\ufeffa.pdf": "a.pdf",
    "a\u00adb.pdf": "ab.pdf",
    "a\u2028b.pdf": "ab.pdf",
    "a\x1b[2J.pdf": "a[2J.pdf",
    "a\x7fb.pdf": "ab.pdf",
    "a\tb.pdf": "ab.pdf",
    "😀.pdf": "😀.pdf",
    "文.pdf": "文.pdf",
    "ẢNH CHỤP.PDF": "ẢNH CHỤP.PDF",
    "Quyết định số 12 “v/v” giao.pdf": "Quyết định số 12 “v_v” giao.pdf",
    "đ" * 300 + ".pdf": "đ" * 251 + ".pdf",
}
#: What no multipart header can carry as it is, but a caller might.
RAW = {
    "a\r\nSet-Cookie: x=1.pdf": "aSet-Cookie: x=1.pdf",
    "a\x00.pdf": "a.pdf",
    "a\ud800.pdf": "a.pdf",
    "": "",
    "...": "",
    " / ": "_",
    "x" * 400: "x" * 255,
}


def test_there_are_sixty_of_them() -> None:
    assert len(HOSTILE) >= 60


@pytest.mark.parametrize("name", [*HOSTILE, *RAW])
def test_a_name_is_kept_as_data(name: str) -> None:
    kept = clean_name(name)
    assert kept == {**HOSTILE, **RAW}[name]
    assert clean_name(kept) == kept
    assert len(kept) <= MAX_NAME
    assert "/" not in kept
    assert "\\" not in kept


def test_the_ending_is_what_follows_the_last_dot() -> None:
    assert [ending_of(name) for name in ("a.PDF", "a.b.docx", "a", ".pdf", "a.")] == ["pdf", "docx", "", "", ""]


def test_hostile_names_come_back_and_touch_nothing_outside_the_store(
    province: Province, store: Path, tmp_path: Path
) -> None:
    officer = person(province, "officer.x11")
    outside = {path for path in tmp_path.parent.rglob("*") if store not in path.parents and path != store}
    codes = ("1.1", "1.2.1", "1.2.2", "1.3", "1.4", "1.5")
    # The reader of a form's header takes a backslash for a mark of its own and drops it.
    names = {name: clean_name(name.replace("\\\\", "/").replace("\\", "")) for name in HOSTILE}
    for number, (name, kept) in enumerate(names.items()):
        told = sent(officer, codes[number % len(codes)], name, pdf(f"number {number}"))
        assert told["name"] == kept, name
        answer = officer.client.get(told["url"])
        assert answer.status_code == 200
        assert _name(answer.headers["Content-Disposition"]) == kept
        assert answer.data == pdf(f"number {number}")
    digests = {row.sha256 for row in rows(province, m.EvidenceFile)}
    assert stored(store) == digests
    assert len(digests) == len(HOSTILE)
    assert {path for path in tmp_path.parent.rglob("*") if store not in path.parents and path != store} == outside


def _name(disposition: str) -> str:
    kind, options = parse_options_header(disposition)
    assert kind == "attachment"
    return options["filename"]


VIETNAMESE = ("Đề án Đ06.pdf", "đ.pdf", "Đ.pdf", "文.pdf", "Quyết định.pdf", "Quyêt đinh.pdf")


def test_vietnamese_names_come_back_as_they_were_and_never_collide(province: Province, store: Path) -> None:
    """Three units send files whose names would be equal after cleaning, composed and decomposed (traps W13, K6)."""
    told = []
    for login in ("officer.x11", "officer.x12", "officer.sa"):
        who = person(province, login)
        for form in ("NFC", "NFD"):
            for name in VIETNAMESE:
                sent_name = unicodedata.normalize(form, name)  # type: ignore[arg-type]
                content = pdf(f"{login} {form} {name}")
                told.append((who, sent_name, content, sent(who, "1.1", sent_name, content)["url"]))
    assert len({url for *_, url in told}) == len(told)
    for who, name, content, url in told:
        answer = who.client.get(url)
        assert _name(answer.headers["Content-Disposition"]) == name
        assert answer.data == content


def test_the_title_is_the_name_without_its_ending_composed(province: Province, store: Path) -> None:
    officer = person(province, "officer.x11")
    told = sent(officer, "1.3", unicodedata.normalize("NFD", "Kế hoạch số 12.pdf"))
    assert told["title"] == "Kế hoạch số 12"
    assert sent(officer, "1.1", "a.pdf", title="Kế hoạch khác", number="12/KH")["title"] == "Kế hoạch khác"
    assert [(one.title, one.number) for one in rows(province, m.Evidence)] == [
        ("Kế hoạch số 12", ""),
        ("Kế hoạch khác", "12/KH"),
    ]

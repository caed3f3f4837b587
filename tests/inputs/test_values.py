"""IN-09: what no form makes, in every field and header, is answered by a page of ours; nothing odd is kept."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

from tests.inputs.strike import Range, send
from tests.permissions.crawl import digest
from tests.support.world import Province

#: Already encoded, so that bytes can be sent that are no text.
ENCODED = {
    "nul": "a%00b",
    "line": "a%0D%0ASet-Cookie%3A+forged%3D1",
    "surrogate": "%ED%A0%80",
    "bytes": "%FF%FE",
    "emoji": quote("😀👨‍👩‍👧" * 3),
    "huge": "9" * 400,
    "turned": quote("\u202eabc\u200b"),
    "array": "1&{name}[]=2&{name}[0][a]=3",
    "doubled": "1&{name}=2&{name}=%00",
}


KINDS = tuple(ENCODED)


def mixed(names: list[str], turn: int) -> str:
    """Give each name one of the values; with the next turn the next one."""
    values = (ENCODED[KINDS[(place + turn) % len(KINDS)]].format(name=name) for place, name in enumerate(names))
    return "&".join(f"{name}={value}" for name, value in zip(names, values, strict=True))


def test_in_09_no_field_of_a_form_brings_a_fault(full: Province) -> None:
    """All fields with one kind of value, then mixed, so that one refused field hides no other; one of them of 1 MB."""
    range_, faults = Range.of(full), []
    for place, rule in enumerate(range_.rules("POST")):
        crawler, url = range_.own(rule)
        names = sorted(range_.names.form[rule.endpoint] - {"csrf_token", "X-CSRFToken"})
        bodies = [mixed(names, turn) for turn in (0, 4)]
        bodies += ["&".join(f"{n}={ENCODED[kind].format(name=n)}" for n in names) for kind in ("nul", "turned")]
        bodies += [f"{name}={'x' * 1_000_000}" for name in names[place % 3 : place % 3 + 1]]
        for fields in bodies:
            body = f"{urlencode({'csrf_token': crawler.csrf})}&{fields}"
            try:
                answer = send(crawler, "POST", url, data=body, content_type="application/x-www-form-urlencoded")
            except AssertionError as fault:
                faults.append(str(fault)[:400])
            else:
                assert "forged" not in str(answer.headers), url
    assert faults == []
    kept = digest(full)
    assert [model.__name__ for model in kept if "\\x00" in repr(kept[model])] == [], "a NUL was kept"
    unseen = re.compile(r"\\u202e|\\u200b|\\ud800|\u202e|\u200b")
    assert [model.__name__ for model in kept if unseen.search(repr(kept[model]))] == [], "a mark nobody sees was kept"


def test_in_09_no_argument_brings_a_fault(full: Province) -> None:
    """All arguments that a page looks for, but the one that names its row."""
    range_, faults = Range.of(full), []
    before = digest(full)
    for rule in range_.rules("GET"):
        crawler, url = range_.own(rule)
        names = sorted(range_.names.args[rule.endpoint] - {"csrf_token", "id"})
        for turn in (0, 3, 6) if names else ():
            try:
                answer = send(crawler, "GET", f"{url}{'&' if '?' in url else '?'}{mixed(names, turn)}")
            except AssertionError as fault:
                faults.append(str(fault)[:400])
            else:
                assert "forged" not in str(answer.headers), url
    assert faults == []
    assert digest(full) == before


HEADERS = (
    *("Accept", "Accept-Language", "Accept-Charset", "Authorization", "Cookie", "Content-Type", "If-None-Match"),
    *("If-Modified-Since", "Origin", "Range", "Referer", "Sec-Fetch-Site", "User-Agent", "X-CSRFToken", "X-Request-Id"),
    *("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-HTTP-Method-Override", "X-Requested-With"),
)
ODD = (
    "",
    "\x00",
    "é\xff",
    "9" * 400,
    "a" * 20_000,
    "*;q=9e99",
    "vi;q=x,,;;=",
    "parindex=..; parindex=x; =;",
    '"\\',
    "[]",
)


def test_in_09_no_header_brings_a_fault(full: Province) -> None:
    range_ = Range.of(full)
    crawler = range_.crawlers[0]
    before = digest(full)
    for header in HEADERS:
        for odd in ODD:
            for method, url in (("GET", "/"), ("POST", "/login")):
                send(crawler, method, url, headers={header: odd})
            nobody = full.app.test_client()
            assert nobody.get("/login", headers={header: odd}).status_code in (200, 400, 415)
    assert digest(full) == before


BODIES = (
    ("application/json", b'{"a":' * 20_000),
    ("application/json", b'{"a": "\\ud800\\u0000", "id": [1, {"b": null}]}'),
    ("application/json", b'"text"'),
    ("text/xml", b"<!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>"),
    ("multipart/form-data", b"--x\r\n"),
    ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data; name=\r\n\r\n\x00\r\n"),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="\x00/..\\"\r\n',
    ),
    ("multipart/form-data; boundary=" + "x" * 5000, b"--x--"),
)


def test_in_09_no_body_brings_a_fault(full: Province) -> None:
    """Bodies that are no form, with the token of the session in the header, as scripts send it: no view reads JSON or XML."""
    range_, faults = Range.of(full), []
    before = digest(full)
    rules = range_.rules("POST")
    for content_type, body in BODIES:
        formless = not content_type.startswith("multipart/")
        for rule in rules if formless else rules[::5]:
            crawler, url = range_.own(rule)
            headers = {"Content-Type": content_type, "X-CSRFToken": crawler.csrf}
            try:
                answer = send(crawler, "POST", url, data=body, headers=headers)
            except AssertionError as fault:
                faults.append(str(fault)[:400])
            else:
                assert answer.status_code == 415 or not formless, url
        if formless:
            assert digest(full) == before
    assert faults == []

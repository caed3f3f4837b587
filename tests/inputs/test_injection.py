"""IN-01: no value of any parameter becomes a part of a statement, on either database."""

from __future__ import annotations

from urllib.parse import quote

from tests.inputs.strike import Range, send, with_argument, words
from tests.permissions.crawl import digest
from tests.permissions.test_routes import OF_THE_TRAIL
from tests.support.world import Province

#: Pairs that answer differently where they reach the statement: one is true, the other is not (or is a fault there).
PAIRS = (
    ("zz' OR '1'='1", "zz' AND '1'='2"),
    ("1 OR 1=1", "1 OR 1=2"),
    ("1) OR (1=1", "1) OR (1=2"),
    ("1' OR 1=1 --", "1' OR 1=2 --"),
    ('1" OR "1"="1', '1" OR "1"="2'),
    ("(SELECT 1)", "(SELECT 1/0)"),
    ("CASE WHEN 1=1 THEN id ELSE name END", "CASE WHEN 1=2 THEN id ELSE name END"),
    ("zz%' OR 'x' LIKE '%", "zz%' OR 'x' LIKE 'y"),
    ("1; DROP TABLE account", "1; DROP TABLE nothing"),
    ("1 UNION SELECT password_hash FROM account", "1 UNION SELECT nothing_at_all FROM account"),
    ("id DESC, (SELECT 1)", "id DESC, (SELECT x)"),
    ("zz\\' OR 1=1 #", "zz\\' OR 1=2 #"),
)


def test_in_01_no_argument_of_an_address_reaches_a_statement(full: Province) -> None:
    """Every argument that a page looks for, one at a time: the true and the false half of a pair answer alike.

    Each argument gets one pair, the next one the next, on the next page shifted by one.
    """
    range_ = Range.of(full)
    before, asked, faults = digest(full), 0, []
    for turn, rule in enumerate(rule for rule in range_.rules("GET") if rule.endpoint not in OF_THE_TRAIL):
        crawler, url = range_.own(rule)
        names = sorted(range_.names.args[rule.endpoint] - {"csrf_token"})
        if rule.endpoint.endswith(".export"):  # the same statement as its list
            names = ["search", "sort"]
        for place, name in enumerate(names):
            for true, false in (PAIRS[(place + turn) % len(PAIRS)],):
                asked += 2
                try:
                    answers = [send(crawler, "GET", with_argument(url, name, quote(half))) for half in (true, false)]
                except AssertionError as fault:
                    faults.append(str(fault))
                    continue
                if words(answers[0], true) == words(answers[1], false):
                    continue
                # A page that changes by itself (a moment, an order) is asked once more; a statement would answer the same again.
                answers = [send(crawler, "GET", with_argument(url, name, quote(half))) for half in (true, false)]
                if words(answers[0], true) != words(answers[1], false):
                    faults.append(f"{rule.rule} {name}: {true!r} and {false!r} answer differently")
    assert faults == []
    assert asked > 500
    assert digest(full) == before


def test_in_01_no_part_of_a_path_reaches_a_statement(full: Province) -> None:
    range_ = Range.of(full)
    before, faults = digest(full), []
    for rule in [rule for rule in range_.rules("GET") if rule.arguments]:
        crawler, url = range_.own(rule)
        steps = url.partition("?")[0].split("/")
        for place, step in enumerate(steps):
            if step and (step.isdecimal() or step in ("1.1", "1", "csv", "pdf", "xlsx", "remind")):
                for pair in PAIRS:
                    for half in pair:
                        struck = "/".join([*steps[:place], quote(half, safe=""), *steps[place + 1 :]])
                        answer = send(crawler, "GET", struck)
                        if answer.status_code not in (400, 404):
                            faults.append(f"{struck}: {answer.status_code}")
    assert faults == []
    assert digest(full) == before


def test_in_01_no_field_of_a_form_reaches_a_statement(full: Province) -> None:
    """All fields of a form at once, and each alone; afterwards every table still holds its rows."""
    range_ = Range.of(full)
    before, faults = digest(full), []
    for rule in range_.rules("POST"):
        crawler, url = range_.own(rule)
        names = sorted(range_.names.form[rule.endpoint] - {"csrf_token", "X-CSRFToken", "confirmed"})
        for place, some in enumerate((names, *([name] for name in names))):
            half = PAIRS[place % len(PAIRS)][place % 2]
            try:
                send(crawler, "POST", url, data={"csrf_token": crawler.csrf, **dict.fromkeys(some, half)})
            except AssertionError as fault:
                faults.append(str(fault))
    assert faults == []
    after = digest(full)
    assert {model.__name__ for model in before if before[model] and not after[model]} == set()

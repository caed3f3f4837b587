"""The scoring page of a form and its saves, the whole form or one leaf; works as a plain form without script."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, flash, get_template_attribute, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup

import models as m
from i18n import points, render
from permissions.actor import Actor, current_actor
from permissions.gate import Refused, hidden
from permissions.needs import can
from permissions.routes import open_to
from rules.criteria import Rule
from rules.message import Message
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from rules.vocabulary import CriterionKind, State
from services import assessment as assessments
from services import claim, scoring
from services.explanation import reading as explanations
from services.explanation.reading import Waiting
from services.form import Part, Reading
from services.reference import figures_of
from services.score import EntryFault, StaleEntry
from views import entries, kept, phrases
from views.entries import NOTHING, Posted
from views.kept import gives_back
from views.rows import Addresses, Row, Rows

blueprint = Blueprint("assessment", __name__, url_prefix="/assessments")

#: Path part of a form's number: fits the key of the table.
FORM = "/<int(max=9223372036854775807):form_id>"


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a request could not save, by leaf code, and why the whole of it was refused."""

    posted: Mapping[str, Posted] = field(default_factory=dict)
    faults: Mapping[str, Mapping[str, Message]] = field(default_factory=dict)
    stale: frozenset[str] = frozenset()
    verdict: Verdict | None = None
    #: The session had ended: nothing was judged yet, the values are only shown again.
    returned: bool = False


def actor() -> Actor:
    found = current_actor()
    assert found is not None  # noqa: S101 - the guard lets nobody else in
    return found


def reading_of(form_id: int) -> Reading:
    """Read a form that this person may read; raise the refusal otherwise."""
    reading = scoring.read(scoring.find(form_id), actor())
    if not reading.may[Verb.READ]:
        raise Refused(reading.may[Verb.READ])
    return reading


@blueprint.get(FORM)
@open_to(Verb.READ)
def form(form_id: int) -> ResponseReturnValue:
    """Show the whole form: inputs for who may score, values for who may only read."""
    return _page(reading_of(form_id), Refusals())


@blueprint.post(f"{FORM}/scores")
@open_to(Verb.SCORE)
def save(form_id: int) -> ResponseReturnValue:
    """Save every leaf that was touched, all or nothing; what is refused stays on the page as it was typed."""
    found = scoring.find(form_id)
    posted = {code: one for code, one in entries.read(request.form).items() if one.touched}
    try:
        saved = assessments.save(found, {code: one.typed.entry(one.version) for code, one in posted.items()})
    except (EntryFault, StaleEntry, Refused) as refusal:
        return _refused(form_id, posted, refusal)
    if request.form.get("then") == "check":
        return redirect(url_for("assessment.check", form_id=form_id))
    flash(
        ngettext("%(num)s item saved.", "%(num)s items saved.", len(saved)) if saved else _("Nothing was changed."),
        "success" if saved else "info",
    )
    return redirect(url_for("assessment.form", form_id=form_id))


@gives_back("assessment.save")
def returned(values: kept.Values, form_id: int) -> ResponseReturnValue:
    """Show the form with what was sent after the session had ended: typed, marked, not saved."""
    reading = reading_of(form_id)
    if not reading.may[Verb.SCORE]:
        raise Refused(reading.may[Verb.SCORE])  # a form that has no fields any more cannot show them
    posted = {code: one for code, one in entries.read(values).items() if one.touched}
    return _page(reading, Refusals(posted, returned=True))


def _refused(
    form_id: int, posted: Mapping[str, Posted], refusal: EntryFault | StaleEntry | Refused
) -> ResponseReturnValue:
    if isinstance(refusal, EntryFault):
        return _page(reading_of(form_id), Refusals(posted, refusal.faults)), 422
    if isinstance(refusal, StaleEntry):
        return _page(reading_of(form_id), Refusals(posted, stale=frozenset(refusal.current))), 409
    if refusal.verdict.refusal not in (Refusal.STATE, Refusal.RIGHT):
        raise refusal
    code = 409 if refusal.verdict.refusal is Refusal.STATE else 403
    return _page(reading_of(form_id), Refusals(posted, verdict=refusal.verdict)), code


@blueprint.post(f"{FORM}/scores/<code>")
@open_to(Verb.SCORE)
def save_leaf(form_id: int, code: str) -> ResponseReturnValue:
    """Save one leaf; a script gets the new version, points and arithmetic, a plain form goes back to the leaf."""
    found = scoring.find(form_id)
    one = entries.read(request.form).get(code)
    if one is None:
        raise hidden()
    scripted = request.accept_mimetypes.best == "application/json"
    try:
        criterion, row = assessments.save(found, {code: one.typed.entry(one.version)})[code]
    except EntryFault as fault:
        if not scripted:
            return _refused(form_id, {code: one}, fault)
        return jsonify(faults={name: render(message) for name, message in fault.faults[code].items()}), 422
    except StaleEntry as stale:
        return _refused(form_id, {code: one}, stale) if not scripted else (_current(found, stale.current[code]), 409)
    if scripted:
        return jsonify(_answer(found, criterion, row))
    return redirect(url_for("assessment.form", form_id=form_id, _anchor=f"i-{code}"))


def _answer(found: m.Assessment, criterion: m.Criterion, row: m.Score | None) -> dict[str, Any]:
    """Tell a script all that changed on the page with one leaf."""
    places = found.round.shown_places
    after = claim.after_save(found, criterion, row)
    return {
        **_contents(found, row),
        **_figures(found, row, criterion.rule),
        "unproved": after.unproved,
        "open": row is None and not after.bonus,
        "part": after.field_code,
        "items": phrases.items(after.figures, adjustment=after.bonus),
        "achieved": phrases.achieved(after.figures, places),
        "done": after.figures.scored,
        "whole": phrases.whole(after.own, places),
        "apart": _apart(found, criterion, row),
    }


def _apart(found: m.Assessment, criterion: m.Criterion, row: m.Score | None) -> str:
    """Tell how far a saved claim is from the reference figures of its leaf; empty without such."""
    figure = figures_of([found.id], [criterion]).get((found.id, criterion.id))
    if figure is None:
        return ""
    words = get_template_attribute("reference/_points.html", "apart")
    return str(words(figure, row, found.round.shown_places))


def _figures(found: m.Assessment, row: m.Score | None, rule: Rule | None) -> dict[str, Any]:
    if row is None or rule is None:
        return {"version": 0, "was": NOTHING.mark(), "points": "", "arithmetic": "", "state": _("not scored")}
    arithmetic = rule.points(row.inputs).arithmetic if row.inputs else None
    return {
        "version": row.version,
        "was": entries.shown(row, found.round).mark(),
        "points": _("N/A") if row.not_applicable else points(row.points, found.round.shown_places),
        "arithmetic": render(arithmetic) if arithmetic else "",
        "state": phrases.Saved(row.updated_at)(row.updated_at),
    }


def _contents(found: m.Assessment, row: m.Score | None) -> dict[str, Any]:
    """What the inputs of a leaf hold once it is saved."""
    typed = entries.shown(row, found.round)
    return {
        "inputs": typed.inputs,
        "stated": typed.stated,
        "na": typed.not_applicable,
        "note": typed.note,
        "reason": typed.reason,
    }


def _current(found: m.Assessment, row: m.Score | None) -> Any:
    """Tell a script what somebody else saved meanwhile, so that both values stand side by side."""
    rule = row.criterion.rule if row is not None else None
    author = render(claim.name_of(row.author_id, row.author_for)) if row is not None else ""
    return jsonify(current={**_contents(found, row), **_figures(found, row, rule), "author": author})


def _rows(reading: Reading, refused: Refusals) -> Iterator[tuple[str, Row]]:
    round_ = reading.form.round
    for line in reading.lines:
        code = line.leaf.code
        saved = entries.shown(line.own, round_)
        version = line.own.version if line.own is not None else 0
        one = refused.posted.get(code)
        if one is None:
            yield code, Row(line, saved, saved.mark(), version)
        else:
            stale, faults = code in refused.stale, refused.faults.get(code, {})
            kept = version if stale else one.version
            yield code, Row(line, one.typed, saved.mark(), kept, faults, stale, unsaved=True)


def _page(reading: Reading, refused: Refusals) -> str:
    rows = dict(_rows(reading, refused))
    form_id, now = reading.form.id, actor().now
    editing = bool(reading.may[Verb.SCORE])
    superior = not editing and can(Verb.SCORE_SUPERIOR)
    addresses = Addresses(
        _by_code("evidence.leaf", form_id), _by_code("progress.superior", form_id) if superior else None
    )
    writer = Rows(reading.form.round, now, addresses, editing=editing, writes=reading.writes)
    return render_template(
        "assessment/form.html",
        reading=reading,
        round=reading.form.round,
        parts=[_sheet(part, writer.of(part, rows), reading.form.round.shown_places) for part in reading.parts],
        words=writer.macros.w,
        refused=refused,
        editing=editing,
        now=now,
        next_open=next(
            (c for c, row in rows.items() if row.line.open and reading.writes(row.line.leaf.field_code)), None
        ),
        phrases=phrases,
        explaining=_explaining(reading),
        asked=explanations.asked(form_id) if reading.state.locked else 0,
    )


def _explaining(reading: Reading) -> Waiting | None:
    """Say what the unit has to explain on this form now; to nobody else."""
    states = [part.state for part in reading.parts]
    if State.EXPLANATION not in states or not reading.may[Verb.READ]:
        return None
    return explanations.explaining(reading.seen, states, explanations.waiting([reading.form.id]).get(reading.form.id))


@dataclass(frozen=True, slots=True)
class Sheet:
    """One field on the page: its rows, and how far it is in words."""

    part: Part
    rows: Markup
    items: str
    achieved: str


def _sheet(part: Part, rows: Markup, places: int) -> Sheet:
    return Sheet(
        part,
        rows,
        phrases.items(part.own, adjustment=part.kind is CriterionKind.ADJUSTMENT),
        phrases.achieved(part.own, places),
    )


def _by_code(endpoint: str, form_id: int) -> Callable[[str], str]:
    """Return a function from leaf codes to addresses: cheaper than asking the router for each of a form's leaves."""
    start = url_for(endpoint, form_id=form_id, code="x").removesuffix("x")
    return lambda code: start + code

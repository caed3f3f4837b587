"""The unit's explanation: what it was asked about, its answers saved one by one, the leader's signature; more time by a superior."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from wtforms import StringField
from wtforms.validators import InputRequired, Length

import models as m
from i18n import render
from permissions.gate import Refused
from permissions.routes import open_to
from rules.message import Message
from rules.verbs import Verb
from rules.verdict import Refusal, Verdict
from services import claim, scoring, supervision
from services.explanation import answering, reading
from services.explanation.answering import Unanswered
from services.explanation.reading import Reading
from services.explanation.texts import ANSWER_LENGTH, StaleText, TextFault, mark
from views import phrases
from views.assessment import FORM, actor
from views.fields import MomentField
from views.forms import Form
from views.ids import small_int

blueprint = Blueprint("explanation", __name__, url_prefix="/assessments")
#: More answers than this no form asks for.
MOST = 200


@dataclass(frozen=True, slots=True)
class Typed:
    """What was typed for one item and could not be saved."""

    text: str
    mark: str
    fault: Message | None = None
    stale: bool = False


@dataclass(frozen=True, slots=True)
class Refusals:
    """What a request could not save, by leaf code, and why the whole of it was refused."""

    typed: Mapping[str, Typed] = field(default_factory=dict)
    verdict: Verdict | None = None


class ExtendForm(Form):
    ends_at = MomentField(_l("Explain until"), [InputRequired()])
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=500)])


def reading_of(form_id: int) -> Reading:
    """Read the explanation of a form that this person may read; raise the refusal otherwise."""
    found = reading.read(scoring.find(form_id), actor())
    if not found.may[Verb.READ]:
        raise Refused(found.may[Verb.READ])
    return found


def was(text: str) -> str:
    """Return what tells whether a text was touched since its page was made."""
    return hashlib.sha256(text.replace("\r\n", "\n").strip().encode()).hexdigest()[:16]


@blueprint.get(f"{FORM}/explanations")
@open_to(Verb.READ)
def index(form_id: int) -> ResponseReturnValue:
    """Show the items asked about, field by field: to be answered, or as they stand."""
    return _page(reading_of(form_id), Refusals())


@blueprint.post(f"{FORM}/explanations")
@open_to(Verb.EXPLAIN)
def save_all(form_id: int) -> ResponseReturnValue:
    """Save each answer that was touched, as a page without script sends them; what is refused stays as it was typed."""
    form = scoring.find(form_id)
    left: dict[str, Typed] = {}
    verdict: Verdict | None = None
    saved = 0
    for code, one in _posted().items():
        sheet, criterion = answering.place(form, code)
        try:
            answering.explain(sheet, criterion, one.text, one.mark)
        except TextFault as fault:
            left[code] = Typed(one.text, one.mark, fault.message)
        except StaleText as stale:
            left[code] = Typed(one.text, mark(stale.current), stale=True)
        except Refused as refused:
            if refused.verdict.refusal is not Refusal.STATE:
                raise
            verdict = refused.verdict
            left[code] = one
        else:
            saved += 1
    if left:
        stale_ = verdict is not None or any(one.stale for one in left.values())
        return _page(reading_of(form_id), Refusals(left, verdict)), 409 if stale_ else 422
    if request.form.get("then") == "check":
        return redirect(url_for(".check", form_id=form_id))
    flash(
        ngettext("%(num)s answer saved.", "%(num)s answers saved.", saved) if saved else _("Nothing was changed."),
        "success" if saved else "info",
    )
    return redirect(url_for(".index", form_id=form_id))


def _posted() -> dict[str, Typed]:
    names = [name.removeprefix("text:") for name in request.form if name.startswith("text:")][:MOST]
    found = {code: Typed(request.form[f"text:{code}"], request.form.get(f"mark:{code}", "")) for code in names}
    return {code: one for code, one in found.items() if request.form.get(f"was:{code}") != was(one.text)}


@blueprint.post(f"{FORM}/explanations/<code>")
@open_to(Verb.EXPLAIN)
def save(form_id: int, code: str) -> ResponseReturnValue:
    """Save one answer for a script: its new mark and the words of its state, or both texts where they differ."""
    form = scoring.find(form_id)
    sheet, criterion = answering.place(form, code)
    try:
        answer = answering.explain(
            sheet, criterion, request.form.get(f"text:{code}", ""), request.form.get(f"mark:{code}", "")
        )
    except TextFault as fault:
        return jsonify(fault=render(fault.message)), 422
    except StaleText as stale:
        current = stale.current
        author = render(claim.name_of(current.author_id, current.author_for)) if current is not None else ""
        return jsonify(current={**_said(current), "author": author}), 409
    counts = reading.waiting([form.id]).get(form.id, (0, 0))
    return jsonify(**_said(answer), progress=_progress(*counts))


def _said(answer: m.Explanation | m.Question | None) -> dict[str, Any]:
    text = "" if answer is None else answer.text
    at = answer.updated_at if isinstance(answer, m.Explanation) else None
    state = _("not answered") if at is None else phrases.Saved(actor().now)(at)
    return {"text": text, "mark": mark(answer), "was": was(text), "state": state}


def _progress(asked: int, answered: int) -> str:
    return _("%(done)s/%(total)s items answered", done=answered, total=asked)


@blueprint.get(f"{FORM}/explanation/check")
@open_to(Verb.READ)
def check(form_id: int) -> ResponseReturnValue:
    """Show what the leader signs: every answer, those missing by name."""
    return _check(reading_of(form_id))


@blueprint.post(f"{FORM}/explanation/sign")
@open_to(Verb.SIGN_EXPLANATION)
def sign(form_id: int) -> ResponseReturnValue:
    """Sign all fields that are being explained; items left without an answer are confirmed by name."""
    form = scoring.find(form_id)
    ids = {small_int(text) for text in request.form.getlist("without")[:MOST]}
    try:
        count = answering.sign(form, {id_ for id_ in ids if id_ is not None}, request.form.get("seen"))
    except Unanswered as left:
        return _check(reading_of(form_id), left), 422
    flash(
        ngettext(
            "The explanation of %(num)s item is signed; the helper team decides again.",
            "The explanation of %(num)s items is signed; the helper team decides again.",
            count,
        ),
        "success",
    )
    return redirect(url_for(".index", form_id=form_id))


@blueprint.route(f"{FORM}/explanation/extend", methods=["GET", "POST"])
@open_to(Verb.EXTEND_EXPLANATION)
def extend(form_id: int) -> ResponseReturnValue:
    """Give a unit more time to explain, or open its signed explanation again, with the reason."""
    found = reading_of(form_id)
    given = ExtendForm() if request.method == "POST" else ExtendForm(formdata=None)
    if given.validate_on_submit():
        ends_at, reason = given.ends_at.data, given.reason.data
        try:
            assert isinstance(ends_at, datetime)  # noqa: S101 - the field demands it
            answering.extend(found.form, ends_at, reason or "")
        except supervision.DateFault as fault:
            given["ends_at"].errors = [render(fault.message)]
        else:
            flash(_("The unit may explain until then; it was told."), "success")
            return redirect(url_for("progress.form", form_id=form_id))
    return render_template(
        "explanation/extend.html", reading=found, form=given, round=found.form.round, verdict=_may_extend(found)
    ), (422 if given.errors else 200)


def _may_extend(found: Reading) -> Verdict:
    return found.may[Verb.EXTEND_EXPLANATION]


def _page(found: Reading, refused: Refusals) -> str:
    return render_template(
        "explanation/index.html",
        reading=found,
        round=found.form.round,
        refused=refused,
        editing=bool(found.may[Verb.EXPLAIN]),
        saved=phrases.Saved(actor().now),
        progress=_progress(len(found.open), found.answered),
        now=actor().now,
        was=was,
        limit=ANSWER_LENGTH,
        phrases=phrases,
    )


def _check(found: Reading, left: Unanswered | None = None) -> str:
    silent = [item for item in found.open if item.answer is None]
    wordless = [item for item in silent if item.thread.papers_now]
    return render_template(
        "explanation/check.html",
        reading=found,
        round=found.form.round,
        silent=[item for item in silent if item not in wordless],
        wordless=wordless,
        left=left,
        stamp=answering.stamp(found.form),
        now=actor().now,
        phrases=phrases,
    )

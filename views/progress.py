"""The board of a superior: where the forms below stand, and the acts over them (Điều 4.1, 9.2, 12.1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from sqlalchemy import select
from wtforms import SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

import models as m
from extensions import db
from i18n import render
from permissions.actor import Actor, current_actor
from permissions.gate import Refused, hidden
from permissions.policies import judge, judge_all
from permissions.routes import open_to
from rules.message import M
from rules.process import EXPLAINING
from rules.verbs import Verb
from rules.verdict import Refusal
from rules.vocabulary import Layer, Stage, State
from services import approval, progress, supervision
from services.score import Entry, EntryFault, StaleEntry
from views.fields import MomentField
from views.forms import Form
from views.ids import small_int

blueprint = Blueprint("progress", __name__, url_prefix="/progress")

#: Acts offered for one form, in the order of a round.
FORM_VERBS = (Verb.REMIND, Verb.EXTEND, Verb.REOPEN, Verb.CLOSE_EARLY, Verb.RELEASE)
#: Acts offered for many ticked forms at once.
BULK_VERBS = (Verb.REMIND, Verb.CLOSE_EARLY, Verb.RELEASE)
RELEASABLE = (Layer.SUPERIOR, Layer.APPRAISAL, Layer.REAPPRAISAL, Layer.SURVEY, Layer.COUNCIL)


class RemindForm(Form):
    text = TextAreaField(_l("What to tell the unit"), [Length(max=supervision.TEXT_LENGTH)])


class ExtendForm(Form):
    ends_at = MomentField(_l("New end"), [InputRequired()])
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=500)])


class ReopenForm(Form):
    ends_at = MomentField(_l("Open until"), [InputRequired()])
    reason = StringField(_l("Reason"), [InputRequired(), Length(max=500)])


class ReleaseForm(Form):
    layer = SelectField(
        _l("Release up to"), coerce=int, choices=[SelectChoice(int(layer), layer.name) for layer in RELEASABLE]
    )


class CloseForm(Form):
    """Only the token: there is nothing to fill in."""


FORMS: dict[Verb, type[Form]] = {
    Verb.REMIND: RemindForm,
    Verb.EXTEND: ExtendForm,
    Verb.REOPEN: ReopenForm,
    Verb.CLOSE_EARLY: CloseForm,
    Verb.RELEASE: ReleaseForm,
}
APPLY: dict[Verb, Callable[[m.Assessment, Any], None]] = {
    Verb.REMIND: lambda form, given: supervision.remind(form, given.text.data or ""),
    Verb.EXTEND: lambda form, given: supervision.extend(
        form, Stage.SELF_SCORING, given.ends_at.data, given.reason.data
    ),
    Verb.REOPEN: lambda form, given: supervision.reopen(form, given.ends_at.data, given.reason.data),
    Verb.CLOSE_EARLY: lambda form, _given: supervision.close_early(form),
    Verb.RELEASE: lambda form, given: supervision.release(form, Layer(given.layer.data)),
}


@blueprint.get("/")
@open_to(Verb.READ_PROVISIONAL)
def index() -> ResponseReturnValue:
    """Show the forms in scope with state, deadline and progress; late units by name."""
    rounds = db.session.scalars(
        select(m.Round).where(m.Round.opened_at.is_not(None)).order_by(m.Round.year.desc(), m.Round.id)
    ).all()
    round_ = _chosen_round(rounds)
    if round_ is None:
        return render_template("progress/index.html", board=None, rounds=rounds, round=None)
    state = request.args.get("state", "")
    board = progress.board(
        _actor(),
        round_,
        group_id=small_int(request.args.get("group")),
        state=State(state) if state in set(State) else None,
        search=request.args.get("search", "")[:200].replace("\0", ""),
    )
    groups = db.session.scalars(
        select(m.RankingGroup).where(m.RankingGroup.round_id == round_.id).order_by(m.RankingGroup.id)
    ).all()
    return render_template(
        "progress/index.html", board=board, rounds=rounds, round=round_, groups=groups, State=State, bulk=BULK_VERBS
    )


@blueprint.get("/<int:form_id>")
@open_to(Verb.READ_PROVISIONAL)
def form(form_id: int) -> ResponseReturnValue:
    """Show one form with its fields and what the superior may do now, or why not."""
    assessment = _form(form_id)
    return _page(assessment, {})


@blueprint.post("/<int:form_id>/<verb>")
@open_to(Verb.REMIND, Verb.EXTEND, Verb.REOPEN, Verb.CLOSE_EARLY, Verb.RELEASE)
def do(form_id: int, verb: str) -> ResponseReturnValue:
    """Do one act for one form."""
    assessment = _form(form_id)
    if verb not in {str(one) for one in FORM_VERBS}:
        raise hidden()
    given = _bound(Verb(verb))
    if given.validate_on_submit():
        try:
            APPLY[Verb(verb)](assessment, given)
        except supervision.DateFault as fault:
            given["ends_at"].errors = [render(fault.message)]
        else:
            flash(_("Done: %(verb)s.", verb=render(Verb(verb).title)), "success")
            return redirect(url_for("progress.form", form_id=form_id))
    return _page(assessment, {Verb(verb): given}), 422


@blueprint.post("/many")
@open_to(*BULK_VERBS)
def many() -> ResponseReturnValue:
    """Do one act for all ticked forms: first the list of what will happen, then, confirmed, the act."""
    verb_text = request.form.get("verb", "")
    if verb_text not in {str(one) for one in BULK_VERBS}:
        raise hidden()
    verb = Verb(verb_text)
    ids = [id_ for id_ in (small_int(text) for text in request.form.getlist("form")[:500]) if id_ is not None]
    forms = db.session.scalars(
        select(m.Assessment).join(m.Unit).where(m.Assessment.id.in_(ids)).order_by(m.Unit.code)
    ).all()
    if len(forms) != len(set(ids)):
        raise hidden()
    if not forms:
        flash(_("Tick at least one unit."), "error")
        return redirect(url_for("progress.index"))
    given = _bound(verb)
    if request.form.get("confirmed") != "yes" or not given.validate_on_submit():
        units = {
            unit.id: unit
            for unit in db.session.scalars(select(m.Unit).where(m.Unit.id.in_([f.unit_id for f in forms])))
        }
        verdicts = [(one, units[one.unit_id], judge(db.session(), _actor(), verb, one)) for one in forms]
        return render_template("progress/many.html", verb=verb, verdicts=verdicts, form=given)
    details = {name: field.data for name, field in given._fields.items() if name != "csrf_token"}
    refused = supervision.many(forms, verb, **details)
    done = len(forms) - len(refused)
    flash(ngettext("Done for %(num)s unit.", "Done for %(num)s units.", done), "success")
    for why in refused.values():
        flash(render(why), "error")
    return redirect(url_for("progress.index"))


@blueprint.route("/<int:form_id>/leaves/<code>", methods=["GET", "POST"])
@open_to(Verb.SCORE_SUPERIOR)
def superior(form_id: int, code: str) -> ResponseReturnValue:
    """Enter the superior's own layer of a leaf, with its reason."""
    assessment, criterion, sheet = _leaf(form_id, code)
    scores = {
        score.layer: score
        for score in db.session.scalars(
            select(m.Score).where(m.Score.assessment_id == form_id, m.Score.criterion_id == criterion.id)
        )
    }
    present = scores.get(Layer.SUPERIOR)
    faults: dict[str, Any] = {}
    typed = dict(present.inputs) if present else {}
    entry = Entry(typed, reason=present.reason if present else "", stated=_typed(present))
    if request.method == "POST":
        entry = _entry(criterion)
        try:
            supervision.score(sheet, criterion, entry)
        except EntryFault as fault:
            faults = fault.faults[criterion.code]
        except StaleEntry:
            faults = {"": M("Somebody else changed this in the meantime.")}
        except Refused as refused:
            if refused.verdict.refusal is not Refusal.REASON:
                raise
            faults = {"reason": refused.verdict.why}
        else:
            flash(_("The superior's value of %(code)s is saved; the unit was told.", code=criterion.code), "success")
            return redirect(url_for("progress.form", form_id=form_id))
    verdict = judge(db.session(), _actor(), Verb.SCORE_SUPERIOR, sheet, reason="-")
    return render_template(
        "progress/superior.html",
        form_row=assessment,
        criterion=criterion,
        own=scores.get(Layer.SELF),
        entry=entry,
        version=present.version if present else 0,
        faults=faults,
        verdict=verdict,
        round=assessment.round,
    ), 422 if faults else 200


@blueprint.post("/<int:form_id>/leaves/<code>/exempt")
@open_to(Verb.EXEMPT)
def exempt(form_id: int, code: str) -> ResponseReturnValue:
    """Set a leaf not applicable, or let it apply again, with the reason."""
    _assessment, criterion, sheet = _leaf(form_id, code)
    change = supervision.include if request.form.get("applies") == "yes" else supervision.exempt
    change(sheet, criterion, request.form.get("reason", "")[:500])
    flash(_("Saved."), "success")
    return redirect(url_for("progress.form", form_id=form_id))


@blueprint.post("/<int:form_id>/fields/<int:sheet_id>/reopen")
@open_to(Verb.REOPEN_FIELD)
def reopen_field(form_id: int, sheet_id: int) -> ResponseReturnValue:
    """Bring a field back to its helper, with the reason."""
    sheet = db.session.get(m.FieldSheet, sheet_id)
    if sheet is None or sheet.assessment_id != form_id:
        raise hidden()
    try:
        approval.reopen_field(sheet, request.form.get("reason", ""))
    except approval.ReasonFault as fault:
        flash(render(fault.message), "error")
    else:
        flash(_("The field was reopened."), "success")
    return redirect(url_for("progress.form", form_id=form_id))


def _page(assessment: m.Assessment, bound: dict[Verb, Form]) -> str:
    actor = _actor()
    verdicts = judge_all(db.session(), actor, FORM_VERBS, assessment, reason="-")
    forms = {
        verb: bound.get(verb) or _bound(verb, empty=True) for verb in FORM_VERBS if verdicts[verb].ok or verb in bound
    }
    fields = progress.fields(assessment, actor)
    notices = db.session.scalars(
        select(m.Notice).where(m.Notice.assessment_id == assessment.id).order_by(m.Notice.id.desc()).limit(20)
    ).all()
    extensions = db.session.scalars(
        select(m.Extension).where(m.Extension.assessment_id == assessment.id).order_by(m.Extension.id.desc())
    ).all()
    return render_template(
        "progress/form.html",
        form_row=assessment,
        unit=assessment.unit,
        round=assessment.round,
        verdicts=verdicts,
        forms=forms,
        form=next(iter(bound.values()), None),
        fields=fields,
        leaves=progress.leaves(assessment),
        notices=notices,
        extensions=extensions,
        explaining=any(row.state in EXPLAINING for row in fields),
        states_reopen=EXPLAINING | {State.APPRAISED, State.APPROVED, State.CLOSED, State.PUBLISHED},
    )


def _bound(verb: Verb, *, empty: bool = False) -> Form:
    """Make the act's form; its choices are shown in the reader's language."""
    given = FORMS[verb](formdata=None) if empty else FORMS[verb]()
    if verb is Verb.RELEASE:
        given["layer"].choices = [SelectChoice(int(layer), render(layer.title)) for layer in RELEASABLE]
    return given


def _entry(criterion: m.Criterion) -> Entry:
    inputs = {
        spec.name: request.form.getlist(spec.name) if spec.kind.value == "parts" else request.form.get(spec.name, "")
        for spec in criterion.rule.inputs
    }
    return Entry(
        inputs,
        stated=request.form.get("stated", ""),
        reason=request.form.get("reason", ""),
        version=small_int(request.form.get("version")) or 0,
    )


def _typed(score: m.Score | None) -> str:
    return format(score.stated_points, "f") if score is not None and score.stated_points is not None else ""


def _leaf(form_id: int, code: str) -> tuple[m.Assessment, m.Criterion, m.FieldSheet]:
    assessment = _form(form_id)
    found = db.session.execute(
        select(m.Criterion, m.FieldSheet)
        .join(m.FieldSheet, m.FieldSheet.assessment_id == form_id)
        .where(
            m.Criterion.set_id == assessment.criteria_set_id,
            m.Criterion.code == code[:32].replace("\0", ""),
            m.Criterion.is_leaf,
            m.FieldSheet.field_id.in_(
                select(m.Criterion.id).where(
                    m.Criterion.set_id == assessment.criteria_set_id, m.Criterion.code == code.split(".")[0][:32]
                )
            ),
        )
    ).one_or_none()
    if found is None:
        raise hidden()
    criterion, sheet = found
    return assessment, criterion, sheet


def _form(form_id: int) -> m.Assessment:
    found = db.session.get(m.Assessment, form_id) if form_id < 2**63 else None
    if found is None:
        raise hidden()
    return found


def _chosen_round(rounds: Any) -> m.Round | None:
    wanted = small_int(request.args.get("round"))
    return next((one for one in rounds if one.id == wanted), rounds[0] if rounds else None)


def _actor() -> Actor:
    actor = current_actor()
    assert actor is not None  # noqa: S101 - the guard lets nobody else in
    return actor

"""Publication: what is missing, the preview of the ranking, the decision, and the editions of a group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from wtforms import DateField, HiddenField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, Length, ValidationError

import models as m
from extensions import db
from i18n import LOCAL_TIME, render
from models import clock
from permissions.gate import Refused, hidden
from permissions.routes import open_to
from rules.verbs import Verb
from rules.verdict import Refusal
from services import publication
from services.publication import Candidate, Check, Place, Severity
from views.forms import Form
from views.rounds import chosen_round, opened_rounds

blueprint = Blueprint("publication", __name__, url_prefix="/publication")


def _not_in_future(form: Any, field: Any) -> None:
    if field.data is not None and field.data > clock.now().astimezone(LOCAL_TIME).date():
        raise ValidationError(_("A decision is not dated in the future."))


class PublishForm(Form):
    """The decision behind an edition, and the mark of the preview that was looked at."""

    seen = HiddenField()
    decision_number = StringField(_l("Number of the decision"), [DataRequired(), Length(max=80)])
    decision_on = DateField(
        _l("Date of the decision"), [InputRequired(), _not_in_future], format=["%Y-%m-%d", "%d/%m/%Y"]
    )


class WithdrawForm(Form):
    reason = TextAreaField(_l("Reason"), [DataRequired(), Length(max=1000)])


@dataclass(frozen=True, slots=True)
class GroupLine:
    """A group of the chosen round with its edition in force."""

    id: int
    name: str
    units: int
    edition_id: int | None
    number: int | None
    decision_number: str | None


@blueprint.get("/")
@open_to(Verb.PUBLISH)
def index() -> ResponseReturnValue:
    """Show the groups of a round and what is published of them."""
    rounds = opened_rounds()
    round_ = chosen_round(rounds)
    groups = [] if round_ is None else _groups(round_)
    return render_template("publication/index.html", rounds=rounds, round=round_, groups=groups)


@blueprint.get("/<int:group_id>")
@open_to(Verb.PUBLISH)
def group(group_id: int) -> ResponseReturnValue:
    """Show the checks of a group, the preview of its ranking and its editions."""
    found = _group(group_id)
    candidate = publication.prepare(db.session(), found, clock.now())
    return _page(candidate, PublishForm(formdata=None, seen=candidate.seen))


@blueprint.post("/<int:group_id>")
@open_to(Verb.PUBLISH)
def publish(group_id: int) -> ResponseReturnValue:
    """Publish what was looked at; ask once more before, as a page where there is no script."""
    found = _group(group_id)
    form = PublishForm()
    if not form.validate_on_submit():
        candidate = publication.prepare(db.session(), found, clock.now())
        form.seen.data = candidate.seen
        return _page(candidate, form), 422
    if request.form.get("confirmed") != "yes":
        return render_template("publication/confirm.html", group=found, round=found.round, form=form)
    number = (form.decision_number.data or "").strip()
    try:
        edition = publication.publish(group_id, number, form.decision_on.data, form.seen.data or "")
    except Refused as refused:
        if refused.verdict.refusal is not Refusal.STATE or refused.verdict.why is None:
            raise
        db.session.expire_all()
        candidate = publication.prepare(db.session(), found, clock.now())
        form.seen.data = candidate.seen
        form.form_errors.append(render(refused.verdict.why))
        return _page(candidate, form), 409
    flash(_("Edition %(number)s is published.", number=edition.number), "success")
    return redirect(url_for("publication.group", group_id=group_id))


@blueprint.route("/editions/<int:edition_id>/withdraw", methods=["GET", "POST"])
@open_to(Verb.WITHDRAW)
def withdraw(edition_id: int) -> ResponseReturnValue:
    """Ask for the reason, then take the edition back."""
    edition = db.session.get(m.Edition, edition_id)
    if edition is None:
        raise hidden()
    form = WithdrawForm()
    if form.validate_on_submit():
        try:
            publication.withdraw(edition_id, form.reason.data or "")
        except Refused as refused:
            if refused.verdict.refusal is not Refusal.REASON:
                raise
            form.reason.errors = [_("Give the reason.")]
        else:
            flash(_("Edition %(number)s is withdrawn.", number=edition.number), "success")
            return redirect(url_for("publication.group", group_id=edition.group_id))
    page = render_template(
        "publication/withdraw.html", edition=edition, group=edition.group, round=edition.group.round, form=form
    )
    return page, 422 if form.errors else 200


def _page(candidate: Candidate, form: PublishForm) -> str:
    found = publication.checks(db.session(), candidate)
    editions = db.session.scalars(
        select(m.Edition).where(m.Edition.group_id == candidate.group.id).order_by(m.Edition.number.desc())
    ).all()
    return render_template(
        "publication/group.html",
        candidate=candidate,
        group=candidate.group,
        round=candidate.group.round,
        checks=[(check, _link(check, candidate.group)) for check in found],
        blocked=any(check.severity is Severity.BLOCKS for check in found),
        editions=editions,
        form=form,
    )


def _link(check: Check, group_: m.RankingGroup) -> str | None:
    """Return where a finding is mended."""
    match check.place:
        case Place.SURVEY:
            return url_for("survey.index", round=group_.round_id) + f"#group-{group_.id}"
        case Place.PROGRESS:
            return url_for("progress.index", round=group_.round_id, group=group_.id)
        case Place.ROUND:
            return url_for("admin.index")
    return None


def _groups(round_: m.Round) -> list[GroupLine]:
    group_, edition = m.RankingGroup, m.Edition
    units: dict[int, int] = dict(
        db.session.execute(
            select(m.Assessment.group_id, func.count())
            .where(m.Assessment.round_id == round_.id)
            .group_by(m.Assessment.group_id)
        ).all()
    )
    found = db.session.execute(
        select(group_.id, group_.name, edition.id, edition.number, edition.decision_number)
        .join(edition, (edition.group_id == group_.id) & edition.in_force, isouter=True)
        .where(group_.round_id == round_.id)
        .order_by(group_.id)
    )
    return [GroupLine(row[0], row[1], units.get(row[0], 0), row[2], row[3], row[4]) for row in found]


def _group(group_id: int) -> m.RankingGroup:
    found = db.session.get(m.RankingGroup, group_id)
    if found is None:
        raise hidden()
    return found

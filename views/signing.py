"""The check before signing off, the leader's signature with its receipt, and taking back."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from permissions.routes import open_to
from rules.verbs import Verb
from services import assessment as assessments
from services import claim, findings, scoring
from services.findings import Grade
from views import phrases
from views.assessment import FORM, actor, blueprint, reading_of


@blueprint.get(f"{FORM}/check")
@open_to(Verb.READ)
def check(form_id: int) -> ResponseReturnValue:
    """Show what blocks, what warns, what informs, and who may sign."""
    return _check(form_id)


@blueprint.post(f"{FORM}/sign")
@open_to(Verb.SIGN)
def sign(form_id: int) -> ResponseReturnValue:
    """Sign the form off; pressed twice, it leads to the one receipt."""
    form = scoring.find(form_id)
    if form.receipt is not None:
        return redirect(url_for("assessment.receipt", form_id=form_id))
    if request.form.get("confirmed") != "yes":
        return render_template(
            "assessment/confirm.html", form_row=form, round=form.round, verb=Verb.SIGN, seen=request.form.get("seen")
        )
    try:
        assessments.sign(form, request.form.get("seen"))
    except assessments.Changed:
        flash(_("The form was changed after you opened its check: look at it again, then sign."), "error")
        return _check(form_id), 409
    except assessments.Unready:
        return _check(form_id), 422
    flash(_("The form is signed off; it may be taken back until the deadline."), "success")
    return redirect(url_for("assessment.receipt", form_id=form_id))


@blueprint.post(f"{FORM}/take-back")
@open_to(Verb.TAKE_BACK)
def take_back(form_id: int) -> ResponseReturnValue:
    """Make the signed form a draft again, until the deadline."""
    form = scoring.find(form_id)
    if request.form.get("confirmed") != "yes":
        return render_template("assessment/confirm.html", form_row=form, round=form.round, verb=Verb.TAKE_BACK)
    assessments.take_back(form)
    flash(_("The form is a draft again; its receipt is void."), "success")
    return redirect(url_for("assessment.form", form_id=form_id))


@blueprint.get(f"{FORM}/receipt")
@open_to(Verb.READ)
def receipt(form_id: int) -> ResponseReturnValue:
    """Show the printable receipt of a signed form; an unsigned one leads to its check."""
    reading = reading_of(form_id)
    if reading.form.receipt is None:
        flash(_("This form is not signed off."), "warning")
        return redirect(url_for("assessment.check", form_id=form_id))
    return render_template(
        "assessment/receipt.html",
        reading=reading,
        claimed=claim.claimed(reading),
        signer=claim.name_of(reading.form.signed_by_id, reading.form.signed_for),
        round=reading.form.round,
        phrases=phrases,
        Verb=Verb,
    )


def _check(form_id: int) -> str:
    reading = reading_of(form_id)
    found = findings.check(reading)
    return render_template(
        "assessment/check.html",
        reading=reading,
        found={grade: [one for one in found if one.grade is grade] for grade in Grade},
        Grade=Grade,
        round=reading.form.round,
        now=actor().now,
        seen=claim.stamp(reading),
        phrases=phrases,
    )

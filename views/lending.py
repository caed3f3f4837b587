"""Delegation by its giver (Điều 9.1): what I lent, what was lent to me; lend rights of the chosen post, take them back."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import DateField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

import models as m
from i18n import render
from permissions.actor import Actor, current_actor
from permissions.routes import open_to, signed_in
from rules.text import nfc
from rules.verbs import Verb
from services import delegation, lending
from services.account.sessions import local_day
from services.faults import Fault
from services.finding import NotFound
from views.forms import Form

blueprint = Blueprint("lending", __name__, url_prefix="/account/lending")


def _composed(text: str | None) -> str:
    return nfc((text or "").replace("\r\n", "\n").replace("\x00", "")).strip()


class Day(DateField):
    """A compulsory day; years far away are slips of the keyboard."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError:
            self.data = None
        if self.data is None or not 2000 <= self.data.year <= 2200:
            self.data = None
            raise ValueError(_("Enter a date, such as 31/12/2026."))


class LendForm(Form):
    verbs = SelectMultipleField(
        _l("Rights"), widget=ListWidget(prefix_label=False), option_widget=CheckboxInput(), validate_choice=False
    )
    valid_from = Day(_l("First day"))
    valid_to = Day(_l("Last day"), description=_l("Included; afterwards the delegation ends by itself."))
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)], filters=[_composed])

    def validate_verbs(self, field: SelectMultipleField) -> None:
        """Refuse to lend nothing, together with what else is missing."""
        if not field.data:
            raise ValidationError(render(delegation.NO_RIGHT))

    def offer(self, verbs: list[Verb]) -> None:
        """Set the rights that may be ticked; what else is posted the service refuses."""
        self.verbs.choices = [SelectChoice(verb.value, render(verb.title)) for verb in verbs]


class ChooseForm(LendForm):
    """To a colleague of the own unit."""

    receiver = SelectField(_l("Receiver"), coerce=lambda value: int(value or 0))
    people: dict[int, m.Account]

    def receive(self, actor: Actor) -> None:
        """Offer the colleagues."""
        self.people = {account.id: account for account in lending.colleagues(actor)}
        named = [SelectChoice(id_, str(account)) for id_, account in self.people.items()]
        self.receiver.choices = [SelectChoice(0, _("– choose a person –")), *named]

    def validate_receiver(self, field: SelectField) -> None:
        """Refuse nobody."""
        if field.data not in self.people:
            raise ValidationError(_("Choose who receives the delegation."))

    @property
    def person(self) -> m.Account:
        return self.people[self.receiver.data]


class FindForm(LendForm):
    """To somebody of the subtree, by login or name."""

    receiver = StringField(
        _l("Receiver"),
        [InputRequired(), Length(max=200)],
        filters=[_composed],
        description=_l("Type a login or a part of the name."),
    )
    person: m.Account

    def receive(self, actor: Actor) -> None:
        """Remember who looks."""
        self.actor = actor

    def validate_receiver(self, field: StringField) -> None:
        """Find the one person that is meant, inside the reader's scope."""
        finder = lending.finder(self.actor)
        assert finder is not None  # noqa: S101 - only managers get this form
        try:
            self.person = finder.resolve(field.data or "")
        except NotFound as none:
            raise ValidationError(render(none.message)) from none


class RevokeForm(Form):
    reason = TextAreaField(_l("Reason"), [InputRequired(), Length(max=500)], filters=[_composed])


def actor() -> Actor:
    found = current_actor()
    assert found is not None  # noqa: S101 - the guard lets nobody else in
    return found


@blueprint.get("/")
@signed_in
def index() -> ResponseReturnValue:
    """Show what one lent and what was lent to one."""
    me = actor()
    why = delegation.why_nothing(me)
    post = None if why is not None else delegation.own_source(me)
    return render_template("lending/index.html", loans=lending.loans(me), why=why, post=post)


@blueprint.route("/new", methods=["GET", "POST"])
@open_to(Verb.LEND)
def new() -> ResponseReturnValue:
    """Lend rights of the chosen post."""
    me = actor()
    if delegation.why_nothing(me) is not None:
        return redirect(url_for(".index"))  # it says why
    source = delegation.own_source(me)
    form: Any = ChooseForm() if lending.finder(me) is None else FindForm()
    form.offer(delegation.lendable(source))
    form.receive(me)
    if form.validate_on_submit():
        try:
            made = delegation.lend(
                form.person, form.verbs.data or (), form.valid_from.data, form.valid_to.data, form.reason.data
            )
        except Fault as fault:
            _tell(form, fault)
        else:
            words = _(
                "Your rights are lent to %(name)s, who is told at the next sign-in and chooses the role there.",
                name=made.receiver.full_name,
            )
            flash(words, "success")
            return redirect(url_for(".index"))
    today: date = local_day(me.now)
    if not form.is_submitted():
        form.valid_from.data = today
    page = render_template("lending/new.html", form=form, source=source, today=today)
    return page, 422 if form.is_submitted() else 200


@blueprint.get("/people")
@open_to(Verb.LEND)
def people() -> ResponseReturnValue:
    """Suggest persons of the subtree to a manager's script; nobody to anybody else."""
    finder = lending.finder(actor())
    found = [] if finder is None else finder.matching(request.args.get("query", "").replace("\x00", "")[:100])
    return jsonify([str(account) for account in found])


@blueprint.route("/<int:delegation_id>/revoke", methods=["GET", "POST"])
@open_to(Verb.LEND)
def revoke(delegation_id: int) -> ResponseReturnValue:
    """Ask for the reason, then end what one lent, at once."""
    found = delegation.own(delegation_id, actor())
    form = RevokeForm()
    if form.validate_on_submit():
        try:
            delegation.take_back(found, form.reason.data or "")
        except Fault as fault:
            _tell(form, fault)
        else:
            flash(_("The delegation is revoked: it gives no right any more."), "success")
            return redirect(url_for(".index"))
    page = render_template("lending/revoke.html", form=form, found=found)
    return page, 422 if form.is_submitted() else 200


def _tell(form: Any, fault: Fault) -> None:
    for name, message in fault.faults.items():
        if name and name in form:
            form[name].errors = [*form[name].errors, render(message)]
        else:
            form.form_errors.append(render(message))

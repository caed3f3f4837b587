"""The page of a leaf's documents: what is shown whichever way a request ends, and what evidence is added to now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from flask import render_template, request

import models as m
from extensions import db
from permissions.gate import Refused
from permissions.policies import judge, judge_all
from rules.verbs import Verb
from rules.verdict import Verdict
from rules.vocabulary import Stage
from services import evidence, guidance, scoring
from services.evidence import Document, Target
from services.evidence.documents import place_of
from services.evidence.offers import offers
from services.evidence.room import asked, counts, room
from services.evidence.versions import versions
from views.assessment import actor


@dataclass(frozen=True, slots=True)
class Here:
    """A leaf of a form for one person: whether evidence may be added now, and to what."""

    form: m.Assessment
    criterion: m.Criterion
    target: Target
    may: Verdict
    #: Where a new document would stand: with the self-assessment, or with the answer of this turn.
    stage: Stage = Stage.SELF_SCORING
    turn: int = 1


def here(form_id: int, code: str) -> Here:
    """Find a leaf of a form that this person may read; raises ``Refused``.

    While the form is a draft evidence is added to it; in the explanation stage to the field, for a leaf that is asked about.
    """
    form = scoring.find(form_id)
    criterion = evidence.leaf(form, code)
    target = evidence.target_now(form, criterion)
    may = judge_all(db.session(), actor(), (Verb.READ, Verb.ATTACH), form, criteria=[criterion])
    if not may[Verb.READ]:
        raise Refused(may[Verb.READ])
    if isinstance(target, m.Assessment):
        return Here(form, criterion, target, may[Verb.ATTACH])
    explaining = judge(db.session(), actor(), Verb.EXPLAIN, target)
    if not explaining:
        return Here(form, criterion, target, explaining)
    try:
        place = place_of(target, criterion)
    except Refused as refused:
        return Here(form, criterion, target, refused.verdict)
    return Here(form, criterion, target, explaining, place.stage, place.turn)


def explained(at: Here) -> frozenset[str] | None:
    """Return the leaves that further evidence is asked for; None while the form is a draft and any may have it."""
    return None if isinstance(at.target, m.Assessment) else frozenset(asked(at.target))


def page(
    form_id: int,
    code: str,
    typed: Document,
    faults: Mapping[str, str],
    *,
    amended: int | None = None,
    chosen: int | None = None,
) -> str:
    """Render the page; ``amended`` is the link whose own form was refused with these faults, ``chosen`` a document used again."""
    at = here(form_id, code)
    find = request.args.get("find", "")
    uses = evidence.uses(at.form, at.criterion.id)
    found, more = offers(at.form, at.criterion.id, find) if at.may else ([], 0)
    return render_template(
        "assessment/evidence.html",
        form_row=at.form,
        round=at.form.round,
        criterion=at.criterion,
        rule=at.criterion.rule,
        guidance=guidance.sentences(at.criterion.rule),
        uses=uses,
        versions=versions(use.document_id for use in uses),
        offers=found,
        found=more,
        find=find,
        may=at.may,
        stage=at.stage,
        turn=at.turn,
        room=room(at.form) if at.may else None,
        counts=counts(at.form),
        uploading=request.path.endswith("/files"),
        typed=typed,
        faults=faults,
        amended=amended,
        chosen=chosen,
        lengths=evidence.LENGTHS,
    )

"""Papers of the screens as PDF and DOCX: each is open to who reads its screen, and holds what that reader sees there."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app
from flask.typing import ResponseReturnValue
from flask_babel import force_locale

import models as m
from config import Config
from extensions import db
from i18n import DEFAULT_LOCALE
from models import clock
from permissions.gate import hidden
from permissions.routes import open_to
from rules.verbs import Verb
from services import approval_board as board
from services import publication, results
from services import sheet as sheets
from services.paper import Paper, write_docx, write_pdf
from services.paper.agency import Issuer, bare
from services.paper.appendix import appendix_paper, draft_paper
from services.paper.explanation import explanation_paper
from services.paper.form import form_paper
from services.paper.minutes import minutes_paper
from services.paper.result import result_paper
from services.tabular import DOCX_TYPE, PDF_TYPE, download_headers
from views.approval import set_of_field
from views.assessment import actor, reading_of
from views.seat import council_round, seated_actor

blueprint = Blueprint("paper", __name__, url_prefix="/papers")
FILE = ".<any(pdf, docx):file>"


@blueprint.get(f"/forms/<int:form_id>/form{FILE}")
@open_to(Verb.READ)
def form(form_id: int, file: str) -> ResponseReturnValue:
    """Give the scoring form filled with the unit's own claim."""
    return _answer(lambda: form_paper(reading_of(form_id), _place(), clock.now()), file)


@blueprint.get(f"/forms/<int:form_id>/blank{FILE}")
@open_to(Verb.READ)
def blank(form_id: int, file: str) -> ResponseReturnValue:
    """Give the scoring form to be filled in by hand."""
    return _answer(lambda: form_paper(reading_of(form_id), _place(), clock.now(), blank=True), file)


@blueprint.get(f"/forms/<int:form_id>/explanation{FILE}")
@open_to(Verb.READ)
def explanation(form_id: int, file: str) -> ResponseReturnValue:
    """Give the explanation report of a unit."""
    return _answer(lambda: explanation_paper(reading_of(form_id), _place(), clock.now()), file)


@blueprint.get(f"/minutes/<int:council_id>/<field_code>/minutes{FILE}")
@open_to(Verb.APPROVE)
def minutes(council_id: int, field_code: str, file: str) -> ResponseReturnValue:
    """Give the council's minutes on one field over all its units."""
    seated = seated_actor(council_id)
    rows = board.rows(seated, board.field_sheets(set_of_field(seated, field_code), field_code))
    round_ = council_round(seated)
    if not rows or round_ is None:
        raise hidden()
    return _answer(lambda: minutes_paper(seated, rows, round_, clock.now()), file)


@blueprint.get(f"/minutes/sheets/<int:sheet_id>/minutes{FILE}")
@open_to(Verb.APPROVE)
def minutes_of_unit(sheet_id: int, file: str) -> ResponseReturnValue:
    """Give the council's minutes on one field of one unit."""
    seated = seated_actor()
    rows = board.rows(seated, [sheets.sheet_of(sheet_id)])
    return _answer(lambda: minutes_paper(seated, rows, rows[0].sheet.assessment.round, clock.now()), file)


@blueprint.get(f"/editions/<int:edition_id>/appendix{FILE}")
@open_to(Verb.READ_PUBLISHED)
def appendix(edition_id: int, file: str) -> ResponseReturnValue:
    """Give the appendix of a publication decision: the ranking table of its group."""
    head = next((head for head in results.heads(db.session()) if head.id == edition_id), None)
    if head is None:
        raise hidden()
    return _answer(lambda: appendix_paper(db.session(), head, _config().province_name, clock.now()), file)


@blueprint.get(f"/publication/<int:group_id>/draft{FILE}")
@open_to(Verb.PUBLISH)
def draft(group_id: int, file: str) -> ResponseReturnValue:
    """Give the appendix as it would be published now, marked as a draft."""
    group = db.session.get(m.RankingGroup, group_id)
    if group is None:
        raise hidden()
    candidate = publication.prepare(db.session(), group, clock.now())
    if not candidate.rows:
        raise hidden()  # there is no preview yet, on the screen neither
    return _answer(lambda: draft_paper(candidate, _config().province_name, clock.now()), file)


@blueprint.get(f"/editions/<int:edition_id>/units/<int:unit_id>/result{FILE}")
@open_to(Verb.READ)
def result(edition_id: int, unit_id: int, file: str) -> ResponseReturnValue:
    """Give a unit's published result with its detail."""
    detail = results.detail(db.session(), actor(), edition_id, unit_id)
    province = Issuer(_config().province_name)
    return _answer(lambda: result_paper(detail, province, _place(), clock.now()), file)


def _config() -> Config:
    config: Config = current_app.config["PARINDEX"]
    return config


def _place() -> str:
    """Return the place that the province's papers are dated from."""
    return _config().place or bare(_config().province_name)


def _answer(fill: Callable[[], Paper], file: str) -> ResponseReturnValue:
    """Fill a paper, in Vietnamese whatever the reader's screens speak, and give it as a file."""
    with force_locale(DEFAULT_LOCALE):
        paper = fill()
        content, kind = (
            (write_pdf(paper, clock.now()), PDF_TYPE) if file == "pdf" else (write_docx(paper, clock.now()), DOCX_TYPE)
        )
    return current_app.response_class(content, headers=download_headers(paper.name, paper.title, kind))

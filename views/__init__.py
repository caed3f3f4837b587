"""The process: thin blueprints that load, validate, call one service and render."""

from __future__ import annotations

from flask import Blueprint

from views import (  # their routes stand on other views' blueprints
    asking,  # noqa: F401
    evidence_listing,  # noqa: F401
    keeping,  # noqa: F401
    signing,  # noqa: F401
    taking,  # noqa: F401
    workbook_field,  # noqa: F401
)
from views.appraisal import blueprint as appraisal
from views.approval import blueprint as approval
from views.assessment import blueprint as assessment
from views.auth import blueprint as auth
from views.evidence import blueprint as evidence
from views.explanation import blueprint as explanation
from views.files import blueprint as files
from views.health import blueprint as health
from views.help import blueprint as help_
from views.history import blueprint as history
from views.home import blueprint as home
from views.lending import blueprint as lending
from views.looking import blueprint as looking
from views.own_account import blueprint as own_account
from views.paper import blueprint as paper
from views.progress import blueprint as progress
from views.publication import blueprint as publication
from views.reference import blueprint as reference
from views.results import blueprint as results
from views.staff import blueprint as staff
from views.staff_decisions import blueprint as staff_decisions
from views.survey import blueprint as survey
from views.workbook import blueprint as workbook

BLUEPRINTS: tuple[Blueprint, ...] = (
    assessment,
    appraisal,
    approval,
    auth,
    evidence,
    explanation,
    files,
    health,
    help_,
    history,
    home,
    lending,
    looking,
    own_account,
    paper,
    progress,
    publication,
    reference,
    results,
    staff,
    staff_decisions,
    survey,
    workbook,
)

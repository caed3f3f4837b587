"""The process: thin blueprints that load, validate, call one service and render."""

from __future__ import annotations

from flask import Blueprint

from views import keeping, signing  # noqa: F401 - their routes stand on the blueprints of appraisal and of the form
from views.appraisal import blueprint as appraisal
from views.approval import blueprint as approval
from views.assessment import blueprint as assessment
from views.auth import blueprint as auth
from views.evidence import blueprint as evidence
from views.health import blueprint as health
from views.help import blueprint as help_
from views.home import blueprint as home
from views.own_account import blueprint as own_account
from views.progress import blueprint as progress
from views.publication import blueprint as publication
from views.results import blueprint as results
from views.survey import blueprint as survey

BLUEPRINTS: tuple[Blueprint, ...] = (
    assessment,
    appraisal,
    approval,
    auth,
    evidence,
    health,
    help_,
    home,
    own_account,
    progress,
    publication,
    results,
    survey,
)

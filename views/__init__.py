"""The process: thin blueprints that load, validate, call one service and render."""

from __future__ import annotations

from flask import Blueprint

from views.appraisal import blueprint as appraisal
from views.auth import blueprint as auth
from views.health import blueprint as health
from views.home import blueprint as home
from views.progress import blueprint as progress

BLUEPRINTS: tuple[Blueprint, ...] = (appraisal, auth, health, home, progress)

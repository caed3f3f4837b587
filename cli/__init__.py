"""Commands of ``flask``: each opens a system scope with its reason and calls a service."""

from __future__ import annotations

from flask import Flask

from cli.accounts import accounts
from cli.audit import audit
from cli.demo import demo
from cli.evidence import evidence
from cli.export import export
from cli.imports import imports
from cli.permissions import permissions
from cli.verify import verify


def init_app(app: Flask) -> None:
    """Register the commands."""
    for command in (accounts, audit, export, evidence, demo, imports, permissions, verify):
        app.cli.add_command(command)

"""Generated screens: catalogues, accounts, councils, windows, scores, audit."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from flask import Flask, current_app
from flask_admin import Admin
from flask_admin.theme import BootstrapTheme
from flask_babel import lazy_gettext as _l

from admin.base import Home
from admin.screens import screens
from permissions import routes

__all__ = ["init_app"]


class Desk(Admin):
    """The generated screens in their order; the menu shows each person those that open."""

    def entries(self) -> list[tuple[str, list[tuple[str, str, Any]]]]:
        """Return category -> (name, address, view) of the screens that the present reader may open."""
        opened = [view for view in self._views if view is not self.index_view and view.is_accessible()]
        return [
            (str(group), [(str(v.name), v.get_url(f"{v.endpoint}.index_view"), v) for v in views])
            for group, views in groupby(opened, key=lambda view: str(view.group))
        ]


def _nonce() -> str:
    return str(current_app.jinja_env.globals["csp_nonce"]())  # type: ignore[operator]


def init_app(app: Flask) -> None:
    """Register the generated screens."""
    with app.app_context():  # labels of forms and filters are read while views are made
        views = screens()
        home = type("AdminHome", (Home,), {"read_verbs": _all_read_verbs(views)})
        desk = Desk(
            app,
            name="PAR INDEX",
            index_view=home(name=_l("Administration"), endpoint="admin", url="/admin"),
            theme=BootstrapTheme(folder="bootstrap4", base_template="admin/base.html"),
            csp_nonce_generator=_nonce,
        )
        for view in views:
            desk.add_view(view)
    routes.state("admin.static", routes.PUBLIC)
    routes.belong_to_area("admin", *(view.endpoint for view in views))


def _all_read_verbs(views: list[Any]) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(verb for view in views for verb in view.read_verbs))

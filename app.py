"""The application factory: settings, extensions, identity, routes, generated screens and commands; nothing else."""

from __future__ import annotations

import os

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import admin
import cli
import i18n
import logs
from config import Config
from extensions import babel, csrf, db, migrate
from permissions import needs, routes
from services.evidence import keeping
from views import BLUEPRINTS, errors, headers, hosts, ids, navigation, role_over, traces, typed, uploads, user


def create_app(config: Config | None = None) -> Flask:
    """Build the application; without settings they come from the environment."""
    config = config or Config.from_environment()
    app = Flask("parindex", root_path=str(config.root))
    app.config.update(config.flask_settings())
    logs.init_app(app)
    if config.proxies:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=config.proxies, x_proto=config.proxies)  # type: ignore[method-assign]
    db.init_app(app)
    migrate.init_app(app, db)
    uploads.init_app(app)
    i18n.init_app(app, babel)
    ids.init_app(app)
    headers.init_app(app)
    hosts.init_app(app)
    typed.init_app(app)
    user.init_app(app)
    needs.init_app(app)
    csrf.init_app(app)  # a refused token is answered to a person that is known, before any right is asked for
    role_over.init_app(app)
    routes.init_app(app)
    errors.init_app(app)
    traces.init_app(app)
    navigation.init_app(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    admin.init_app(app)
    cli.init_app(app)
    if not (config.https or config.testing or os.environ.get("FLASK_RUN_FROM_CLI")):
        app.logger.warning(
            "Passwords and cookies travel unencrypted: for trials on this machine only (PARINDEX_HTTPS)."
        )
    keeping.sweep_unfinished(config)
    return app

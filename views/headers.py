"""Headers of every answer: a strict content policy, no caching of pages with data, a number for each request."""

from __future__ import annotations

import secrets

from flask import Flask, Response, abort, g, redirect, request
from flask.typing import ResponseReturnValue

#: Blueprints of generated screens need a nonce for the scripts that Flask-Admin's templates place.
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; object-src 'none'"
)

#: What no page of ours uses, and no page may begin to use unseen.
PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "geolocation", "gyroscope"),
        *("magnetometer", "microphone", "midi", "payment", "screen-wake-lock", "usb", "xr-spatial-tracking"),
    )
)


def csp_nonce() -> str:
    """Return this request's nonce."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def init_app(app: Flask) -> None:
    """Number the request, and set the headers of its answer."""
    app.jinja_env.globals["csp_nonce"] = csp_nonce

    @app.before_request
    def number() -> None:
        g.request_id = secrets.token_hex(6)

    @app.before_request
    def encrypted() -> ResponseReturnValue | None:
        """In production lead a plain request to HTTPS; what it posted was readable on its way and is not taken."""
        if not app.config["PARINDEX"].https or request.is_secure or request.endpoint == "health.healthz":
            return None
        if request.method not in ("GET", "HEAD"):
            abort(403)
        return redirect(request.url.replace("http://", "https://", 1), 308)

    @app.after_request
    def protect(response: Response) -> Response:
        headers = response.headers
        headers.setdefault("Content-Security-Policy", POLICY.format(nonce=csp_nonce()))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Referrer-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Opener-Policy", "same-origin")
        headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        headers.setdefault("Permissions-Policy", PERMISSIONS)
        headers.setdefault("X-Frame-Options", "DENY")
        if request.endpoint in ("static", "admin.static"):
            headers["Cache-Control"] = "public, max-age=3600"
        else:
            headers["Cache-Control"] = "no-store"
            response.vary.add("Cookie")
        if app.config["PARINDEX"].https:
            headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
        return response

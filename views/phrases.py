"""Phrases that several screens of a form say alike: time left, time of a save, how far a field is."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from i18n import format_datetime, points, to_local
from rules.totals import Subtotal, Totals


def time_left(until: datetime | None, now: datetime) -> str:
    """Say how long until, or how long since: "còn 9 ngày", "còn 3 giờ 20 phút", "đã qua 2 ngày"."""
    if until is None:
        return ""
    span = _span(abs(until - now))
    return _("%(span)s left", span=span) if until > now else _("%(span)s ago", span=span)


def _span(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes >= 2 * 24 * 60:
        return ngettext("%(num)s day", "%(num)s days", minutes // (24 * 60))
    if minutes >= 60:
        hours = ngettext("%(num)s hour", "%(num)s hours", minutes // 60)
        rest = ngettext("%(num)s minute", "%(num)s minutes", minutes % 60) if minutes % 60 else ""
        return f"{hours} {rest}".strip()
    if minutes:
        return ngettext("%(num)s minute", "%(num)s minutes", minutes)
    return _("less than a minute")


class Saved:
    """Says when something was saved, with the day where it was not today; one page says it for each of its items."""

    def __init__(self, now: datetime) -> None:
        self.day = to_local(now).date()
        self.before, self.after = _("saved %(time)s", time="\ue000").split("\ue000")

    def __call__(self, at: datetime) -> str:
        local = to_local(at)
        time = f"{local.hour:02d}:{local.minute:02d}" if local.date() == self.day else format_datetime(at)
        return f"{self.before}{time}{self.after}"


def items(figures: Subtotal, *, adjustment: bool) -> str:
    """Say how many leaves of a field are scored; of bonus and penalty (``adjustment``), whether a bonus is claimed."""
    if adjustment:
        return _("bonus claimed") if figures.bonus else _("no bonus claimed")
    if not figures.leaves:
        return _("nothing to score here")
    return _("%(done)s/%(total)s items", done=figures.scored, total=figures.leaves)


def achieved(figures: Subtotal, places: int) -> str:
    """Say the points of a field of its maximum; of the bonus group, the bonus."""
    if not figures.leaves:
        return _("+%(points)s points", points=points(figures.bonus, places)) if figures.bonus else ""
    return _(
        "%(points)s/%(maximum)s points",
        points=points(figures.achieved, places),
        maximum=points(figures.maximum, places),
    )


def whole(own: Totals, places: int) -> str:
    """Say the points of a whole form: achieved of the applicable maximum, and the bonus beside it."""
    words = _(
        "%(points)s/%(maximum)s points",
        points=points(own.achieved, places),
        maximum=points(own.maximum, places),
    )
    return words if not own.bonus else words + " " + _("+ %(bonus)s bonus", bonus=points(own.bonus, places))

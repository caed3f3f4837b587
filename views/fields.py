"""Form fields of this field of work: a moment in the province's time."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from wtforms import Field
from wtforms.widgets import DateTimeLocalInput

from i18n import from_local, to_local


class MomentField(Field):
    """A moment, typed in the province's time and given in UTC; a bare date means the end of that day (23:59:59)."""

    widget = DateTimeLocalInput()
    data: datetime | None

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return to_local(self.data).strftime("%Y-%m-%dT%H:%M") if self.data else ""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read ``2024-12-31T17:00`` or ``2024-12-31``."""
        text = (valuelist[0] if valuelist else "").strip()
        if not text:
            self.data = None
            return
        moment = _moment(text)
        if moment is None:
            self.data = None
            raise ValueError(_("Enter a day and a time, for example 17:00 on 31/12/2024."))
        self.data = from_local(moment)


def _moment(text: str) -> datetime | None:
    """Return the local moment, or None where it is none or lies in no round of ours."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is not None or not 2000 <= moment.year <= 2100:
        return None
    return moment.replace(hour=23, minute=59, second=59) if len(text) == 10 else moment

"""Moments of the demo, counted from the day of loading, so that deadlines are alive whatever the year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from permissions.identity import LOCAL_TIME
from rules.vocabulary import Stage

#: Days from the day of loading on which stages open and close; districts are past their self-scoring.
SELF_SCORING = {"department": (-21, 8), "district": (-35, -2), "commune": (-21, 8)}
APPRAISAL = (-9, 25)
EXPLANATION = (-4, 30)
REAPPRAISAL = (-4, 35)
APPROVAL = (-4, 39)

SIGNED, CLOSED_EARLY, APPRAISED, LATE_APPRAISED, DECIDED = -10, -8, -6, -1, -2
EXTENDED_TO, REOPENED, REOPENED_TO = 12, -1, 6


@dataclass(frozen=True, slots=True)
class Days:
    """The day of loading in the province's own calendar."""

    today: date

    def on(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def at(self, days: int, hour: int = 8, minute: int = 0) -> datetime:
        """Return a moment of a day, in the province's time."""
        return datetime.combine(self.on(days), time(hour, minute), LOCAL_TIME)

    def window(self, level: str, stage: Stage) -> tuple[datetime, datetime]:
        """Return when a stage opens and closes for a level: from the morning, to the end of office hours."""
        opens, closes = {
            Stage.SELF_SCORING: SELF_SCORING[level],
            Stage.APPRAISAL: APPRAISAL,
            Stage.EXPLANATION: EXPLANATION,
            Stage.REAPPRAISAL: REAPPRAISAL,
            Stage.APPROVAL: APPROVAL,
        }[stage]
        return self.at(opens, 7), self.at(closes, 17)

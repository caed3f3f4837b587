"""Staff changes (Điều 8): a unit's leader lists them, Sở Nội vụ decides row by row, and the act follows from the decision."""

from services.staff.changes import FUNCTIONS, LEAVING, LENGTHS, Entry
from services.staff.deciding import Acceptance, Accepted, accept, refuse
from services.staff.files import LAYOUT, read, write_template
from services.staff.inbox import Case, Person, Waiting, case, listed, waiting_rows
from services.staff.requests import (
    Listed,
    add,
    add_all,
    change,
    draft,
    draft_row,
    own_draft,
    own_unit,
    remove,
    send,
    sent,
    why_closed,
)
from services.staff.roster import Member, present

__all__ = [
    "FUNCTIONS",
    "LAYOUT",
    "LEAVING",
    "LENGTHS",
    "Acceptance",
    "Accepted",
    "Case",
    "Entry",
    "Listed",
    "Member",
    "Person",
    "Waiting",
    "accept",
    "add",
    "add_all",
    "case",
    "change",
    "draft",
    "draft_row",
    "listed",
    "own_draft",
    "own_unit",
    "present",
    "read",
    "refuse",
    "remove",
    "send",
    "sent",
    "waiting_rows",
    "why_closed",
    "write_template",
]

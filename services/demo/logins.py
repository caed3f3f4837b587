"""Whom to sign in as, and what to look at: one person per role and some more."""

from __future__ import annotations

from dataclasses import dataclass

from rules.message import M, Message
from rules.verbs import Role


@dataclass(frozen=True, slots=True)
class Login:
    """One line of the list that the command prints."""

    role: Role
    name: str
    look_at: Message


LOGINS = (
    Login(Role.ADMINISTRATOR, "snv.quantri", M("Progress, catalogues, survey, publication; also officer of Sở Nội vụ")),
    Login(Role.OFFICER, "cb.x001", M("Phường 9: a self-assessment partly filled in")),
    Login(Role.LEADER, "ld.x003", M("Phường 1: a signed form that may be taken back")),
    Login(Role.LEADER, "ld.s04", M("Sở Tài chính: a complete form, ready to be signed off")),
    Login(Role.LEADER, "ld.s09", M("Sở Xây dựng: items to explain, one of them answered, to be signed")),
    Login(Role.MANAGER, "qt.h01", M("Thành phố Vĩnh Long: progress of its communes, reminders, own values")),
    Login(Role.HELPER, "tgv.s02", M("Appraisal of departments and districts in the fields of Sở Nội vụ")),
    Login(Role.HELPER, "tgv1.h01", M("Appraisal of communes of Thành phố Vĩnh Long")),
    Login(Role.MEMBER, "uv1.tinh", M("Approval by field, with minutes")),
    Login(Role.CHAIR, "ct.tinh", M("Approved fields to be closed")),
    Login(Role.OBSERVER, "snv.lanhdao", M("Provisional results of all units")),
    Login(Role.AUDITOR, "kiemtra", M("The audit trail, without values")),
)

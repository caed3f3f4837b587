"""The words of the process: what can be done, by whom, and how they stand to the unit concerned."""

from __future__ import annotations

from enum import StrEnum

from rules.message import M, Message
from rules.vocabulary import Function


class Verb(StrEnum):
    """Everything a person can do with data of units, councils and the catalogue."""

    READ = "read"
    SCORE = "score"
    ATTACH = "attach"
    SIGN = "sign"
    TAKE_BACK = "take_back"
    SCORE_SUPERIOR = "score_superior"
    EXTEND = "extend"
    REOPEN = "reopen"
    CLOSE_EARLY = "close_early"
    REMIND = "remind"
    RELEASE = "release"
    EXEMPT = "exempt"
    APPRAISE = "appraise"
    HAND_IN = "hand_in"
    REMARK = "remark"
    ASK = "ask"
    SEND_QUESTIONS = "send_questions"
    EXPLAIN = "explain"
    SIGN_EXPLANATION = "sign_explanation"
    EXTEND_EXPLANATION = "extend_explanation"
    REAPPRAISE = "reappraise"
    CHANGE = "change"
    SEND_BACK = "send_back"
    APPROVE = "approve"
    CLOSE_FIELD = "close_field"
    REOPEN_FIELD = "reopen_field"
    IMPORT_SURVEY = "import_survey"
    IMPORT_REFERENCE = "import_reference"
    PUBLISH = "publish"
    WITHDRAW = "withdraw"
    READ_PROVISIONAL = "read_provisional"
    READ_PUBLISHED = "read_published"
    READ_AUDIT = "read_audit"
    READ_AUDIT_VALUES = "read_audit_values"
    MANAGE_CATALOGUE = "manage_catalogue"
    MANAGE_ROUND = "manage_round"
    MANAGE_ACCOUNTS = "manage_accounts"
    MANAGE_COUNCIL = "manage_council"
    IMPORT = "import"
    REPORT_STAFF = "report_staff"
    LEND = "lend"
    LOOK_AS = "look_as"
    SIGN_IN = "sign_in"

    @property
    def title(self) -> Message:
        return _VERB_TITLES[self]


_VERB_TITLES = {
    Verb.READ: M("Read the form"),
    Verb.SCORE: M("Enter self-assessment"),
    Verb.ATTACH: M("Attach evidence"),
    Verb.SIGN: M("Sign off"),
    Verb.TAKE_BACK: M("Take back"),
    Verb.SCORE_SUPERIOR: M("Enter as superior"),
    Verb.EXTEND: M("Extend the deadline"),
    Verb.REOPEN: M("Reopen the form"),
    Verb.CLOSE_EARLY: M("Close early"),
    Verb.REMIND: M("Remind"),
    Verb.RELEASE: M("Release to the unit"),
    Verb.EXEMPT: M("Set not applicable"),
    Verb.APPRAISE: M("Appraise"),
    Verb.HAND_IN: M("Hand to the council"),
    Verb.REMARK: M("Write a remark"),
    Verb.ASK: M("Ask for an explanation"),
    Verb.SEND_QUESTIONS: M("Send the questions to the unit"),
    Verb.EXPLAIN: M("Explain"),
    Verb.SIGN_EXPLANATION: M("Sign the explanation"),
    Verb.EXTEND_EXPLANATION: M("Extend or reopen the explanation"),
    Verb.REAPPRAISE: M("Appraise again"),
    Verb.CHANGE: M("Change points as council"),
    Verb.SEND_BACK: M("Send back to the helper"),
    Verb.APPROVE: M("Approve"),
    Verb.CLOSE_FIELD: M("Close the field"),
    Verb.REOPEN_FIELD: M("Reopen the field"),
    Verb.IMPORT_SURVEY: M("Import the survey"),
    Verb.IMPORT_REFERENCE: M("Import reference figures"),
    Verb.PUBLISH: M("Publish"),
    Verb.WITHDRAW: M("Withdraw"),
    Verb.READ_PROVISIONAL: M("Read provisional results"),
    Verb.READ_PUBLISHED: M("Read published results"),
    Verb.READ_AUDIT: M("Read the audit trail"),
    Verb.READ_AUDIT_VALUES: M("Read values in the audit trail"),
    Verb.MANAGE_CATALOGUE: M("Keep the catalogues"),
    Verb.MANAGE_ROUND: M("Keep rounds and windows"),
    Verb.MANAGE_ACCOUNTS: M("Keep the accounts"),
    Verb.MANAGE_COUNCIL: M("Keep councils and assignments"),
    Verb.IMPORT: M("Import files"),
    Verb.REPORT_STAFF: M("Report staff changes"),
    Verb.LEND: M("Lend the own authority"),
    Verb.LOOK_AS: M("Look at the system as a user"),
    Verb.SIGN_IN: M("Sign in and keep the own account"),
}


class Relation(StrEnum):
    """How the chosen post or seat stands to the unit whose data are asked for."""

    OWN = "own"
    BELOW = "below"
    COUNCIL = "council"
    NONE = "none"


class Role(StrEnum):
    """A function, with the manager at the root set apart: the administrator at Sở Nội vụ."""

    OFFICER = "officer"
    LEADER = "leader"
    MANAGER = "manager"
    ADMINISTRATOR = "administrator"
    OBSERVER = "observer"
    AUDITOR = "auditor"
    HELPER = "helper"
    MEMBER = "member"
    CHAIR = "chair"

    @property
    def title(self) -> Message:
        return M("Administrator") if self is Role.ADMINISTRATOR else Function(self.value).title

    @property
    def seated(self) -> bool:
        return self in (Role.HELPER, Role.MEMBER, Role.CHAIR)

"""The trail in words that people read: what happened, to what kind of thing, which column, from and to which value."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

from rules.message import M, Message
from rules.verbs import Role, Verb
from rules.vocabulary import Audience, Function, Layer, Scan, StaffDecision, StaffMove, Stage, State

OPERATIONS = {
    "create": M("Made"),
    "update": M("Changed"),
    "delete": M("Deleted"),
    "login": M("Signed in"),
    "failed": M("Sign-in refused"),
    "locked": M("Tries have to wait"),
    "unlocked": M("Unlocked"),
    "logout": M("Signed out"),
    "ended": M("Session ended"),
    "codes": M("New recovery codes made"),
    "refused": M("Refused"),
    "download": M("File downloaded"),
    "export": M("File exported"),
    "alarm": M("Alarm"),
    "purge": M("Old entries taken away"),
    "broken": M("End of the trail found changed"),
}
#: What did not come about, and what needs a look.
REFUSED = ("refused", "failed", "locked")
LOUD = (*REFUSED, "alarm", "broken")
OBJECTS: dict[str, Message] = {
    "Account": M("Account"),
    "Assessment": M("Form"),
    "Assignment": M("Assignment"),
    "AuditEntry": M("Audit trail"),
    "AuditHead": M("Audit trail"),
    "ClassBand": M("Class"),
    "Clock": M("Clock of a process that is wrong"),
    "Council": M("Council"),
    "CouncilUnit": M("Unit of a council"),
    "CriteriaSet": M("Criteria set"),
    "Criterion": M("Criterion"),
    "CriterionExclusion": M("Exclusion of a criterion"),
    "Delegation": M("Delegation"),
    "Edition": M("Edition"),
    "EditionRow": M("Row of an edition"),
    "Evidence": M("Evidence"),
    "EvidenceFile": M("File of evidence"),
    "EvidenceLink": M("Use of evidence"),
    "Exemption": M("Leaf that does not apply"),
    "Explanation": M("Explanation"),
    "Extension": M("Extension"),
    "FieldSheet": M("Field of a form"),
    "Level": M("Level"),
    "ManyFiles": M("Very many files taken away"),
    "ManyPages": M("Very many pages read"),
    "Notice": M("Notice"),
    "Post": M("Post"),
    "Question": M("Question"),
    "RankingGroup": M("Ranking group"),
    "RankingGroupKind": M("Kind in a ranking group"),
    "ReferenceFigure": M("Reference figure"),
    "Remark": M("Remark"),
    "Restriction": M("Restriction of access"),
    "Round": M("Round"),
    "Score": M("Score"),
    "Seat": M("Seat"),
    "SecondFactor": M("Second factor"),
    "StaffChange": M("Staff change"),
    "StaffRequest": M("Staff-change request"),
    "Unit": M("Unit"),
    "UnitChange": M("Change of units"),
    "UnitGroup": M("Group of units"),
    "UnitGroupMember": M("Member of a group"),
    "UnitKind": M("Kind of unit"),
    "Viewing": M("Look at the system as a user"),
    "Window": M("Window"),
}
#: Whose names every reader of the trail sees; names of evidence, files and reported staff are values, for who reads values.
OPEN_NAMES = (
    *(
        "Account",
        "Assessment",
        "Assignment",
        "Council",
        "CouncilUnit",
        "CriteriaSet",
        "Criterion",
        "Delegation",
        "Exemption",
    ),
    *("Explanation", "Extension", "FieldSheet", "Level", "ManyFiles", "ManyPages", "Post", "Question", "RankingGroup"),
    *("ReferenceFigure", "Remark", "Round", "Score", "Seat", "Unit", "UnitGroup", "UnitKind", "Window"),
)
#: Rooms of the product, as what was asked for names them where somebody was refused or took a file away.
ROOMS: dict[str, Message] = {
    "appraisal": M("Appraisal"),
    "approval": M("Approval"),
    "assessment": M("Form"),
    "evidence": M("Evidence"),
    "explanation": M("Explanation"),
    "files": M("File of evidence"),
    "history": M("History of the form"),
    "paper": M("Paper"),
    "progress": M("Progress"),
    "publication": M("Publication"),
    "reference": M("Reference figures"),
    "results": M("Results"),
    "survey": M("Survey"),
    "workbook": M("Workbook"),
}
COLUMNS: dict[str, Message] = {
    "account_id": M("Account"),
    "active": M("In use"),
    "address": M("Address asked for"),
    "answer": M("Answer"),
    "closed_at": M("Closed at"),
    "closes_at": M("Closes at"),
    "code": M("Code"),
    "computed_points": M("Computed points"),
    "council_id": M("Council"),
    "created_at": M("Made at"),
    "criterion_id": M("Criterion"),
    "decided_at": M("Decided at"),
    "decision": M("Decision"),
    "email": M("Email"),
    "entries": M("Entries"),
    "ends_at": M("Until"),
    "files": M("Files"),
    "field_codes": M("Fields"),
    "full_name": M("Full name"),
    "function": M("Function"),
    "inputs": M("Figures entered"),
    "kind": M("Kind"),
    "kind_id": M("Kind of unit"),
    "layer": M("Layer"),
    "locale": M("Language"),
    "max_points": M("Maximum"),
    "minutes": M("Within minutes"),
    "must_change_password": M("Password has to be changed"),
    "name": M("Name"),
    "not_applicable": M("Not applicable"),
    "note": M("Note"),
    "opens_at": M("Opens at"),
    "pages": M("Pages"),
    "parent_id": M("Unit above"),
    "password_hash": M("Password"),
    "points": M("Points"),
    "position": M("Position"),
    "read_only": M("Reading alone"),
    "reason": M("Reason"),
    "receipt": M("Receipt"),
    "refusal": M("Kind of refusal"),
    "released_at": M("Released at"),
    "round_id": M("Round"),
    "seconds": M("Seconds"),
    "secret": M("Secret"),
    "signed_at": M("Signed at"),
    "signed_by_id": M("Signed by"),
    "stage": M("Stage"),
    "state": M("State"),
    "stated_points": M("Other points than computed"),
    "text": M("Text"),
    "title": M("Title"),
    "unit_id": M("Unit"),
    "username": M("Login"),
    "valid_from": M("First day"),
    "valid_to": M("Last day"),
    "verbs": M("Verbs"),
}
_WORDS: dict[str, Any] = {
    "function": Function,
    "stage": Stage,
    "state": State,
    "layer": Layer,
    "audience": Audience,
    "scan": Scan,
    "move": StaffMove,
    "decision": StaffDecision,
    "role": Role,
}


def operation(word: str) -> Message:
    return OPERATIONS.get(word, Message(word))


def thing(word: str) -> Message:
    """Return what a kind of object is called; of a generated screen by the table it shows."""
    if word.startswith("admin_"):
        word = "".join(part.capitalize() for part in word.removeprefix("admin_").split("_"))
    return OBJECTS.get(word) or ROOMS.get(word) or Message(word)


def verb(word: str) -> Message:
    return Verb(word).title if word in set(Verb) else Message(word)


def column(name: str) -> Message:
    return COLUMNS.get(name, Message(name))


def value(name: str, kept: Any) -> Any:
    """Return a value of a change as it is shown: a title of the vocabulary, a moment, a word, or text."""
    if kept is None or kept == "":
        return "–"
    if isinstance(kept, bool):
        return M("Yes") if kept else M("No")
    words = _WORDS.get(name)
    if words is not None and kept in [word.value for word in words]:
        return words(kept).title
    if name == "verbs" and isinstance(kept, list):
        return [verb(str(word)) for word in kept]
    if isinstance(kept, str):
        return _moment(kept)
    return str(kept) if isinstance(kept, int) else json.dumps(kept, ensure_ascii=False)


def _moment(text: str) -> Any:
    if len(text) == 10 and text[4:5] == text[7:8] == "-":
        try:
            return date.fromisoformat(text)
        except ValueError:
            return text
    if len(text) >= 19 and text[10:11] == "T":
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return text
    return text

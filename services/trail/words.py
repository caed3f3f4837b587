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
#: What begins and ends a look at the system as a user is called.
LOOKING = {"create": M("Begins to look as a user"), "update": M("Ends the look as a user")}
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
    "admin": M("Administration"),
    "auth": M("Signing in and roles"),
    "health": M("State of the server"),
    "help": M("Guide"),
    "home": M("Home page"),
    "lending": M("Delegation of rights"),
    "looking": M("Look at the system as a user"),
    "own": M("Own account"),
    "staff": M("Staff changes"),
    "staff_decisions": M("Decisions on staff changes"),
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
    "achieved": M("Achieved"),
    "as_of": M("As of"),
    "asked_at": M("Asked at"),
    "assessment_id": M("Form"),
    "audience": M("Audience"),
    "author_id": M("Author"),
    "bonus": M("Bonus points"),
    "class_name": M("Class"),
    "confirmed_at": M("Confirmed at"),
    "criteria_set_id": M("Criteria set"),
    "cut_off_on": M("Cut-off day"),
    "decided_by_id": M("Decided by"),
    "decision_number": M("Number of the decision"),
    "decision_on": M("Day of the decision"),
    "destination": M("New place of work"),
    "digest": M("Digest of the data"),
    "edition_id": M("Edition"),
    "effective_on": M("In effect from"),
    "ended_at": M("Ended at"),
    "evidence_id": M("Evidence"),
    "evidence_required": M("Evidence required"),
    "explained_at": M("Explained at"),
    "explained_by_id": M("Explained by"),
    "field_code": M("Field"),
    "field_id": M("Field"),
    "file_id": M("File of evidence"),
    "from_unit_id": M("From the unit"),
    "frozen": M("Frozen"),
    "group_id": M("Group"),
    "has_location": M("Shows its place"),
    "how": M("How"),
    "illustrative": M("Illustrative"),
    "imported": M("Imported"),
    "imported_at": M("Imported at"),
    "in_force": M("In force"),
    "is_leaf": M("Scored by itself"),
    "issued_on": M("Issued on"),
    "issued_until": M("Given password valid until"),
    "issued_used_at": M("Given password used at"),
    "issuer": M("Issued by"),
    "kind_name": M("Kind"),
    "level_id": M("Level"),
    "level_name": M("Level"),
    "lifted_at": M("Lifted at"),
    "link": M("Link"),
    "lower_bound": M("Lower bound"),
    "maximum": M("Maximum"),
    "message_id": M("Message"),
    "method": M("Method"),
    "minutes_number": M("Number of the minutes"),
    "minutes_on": M("Day of the minutes"),
    "move": M("Kind of staff change"),
    "number": M("Number"),
    "opened_at": M("Opened at"),
    "owner_unit_id": M("Unit it belongs to"),
    "page": M("Page"),
    "params": M("Details of the message"),
    "parent_name": M("Unit above"),
    "password_set_at": M("Password set at"),
    "penalty": M("Penalty points"),
    "post_id": M("Post"),
    "printed_class": M("Class printed"),
    "printed_rank": M("Rank printed"),
    "published_at": M("Published at"),
    "published_by_id": M("Published by"),
    "question_id": M("Question"),
    "rank": M("Rank"),
    "rank_by": M("Ranked by"),
    "rank_in_parent": M("Rank among its own"),
    "rank_unentered": M("Unentered forms are ranked"),
    "ranked": M("Ranked"),
    "receiver_id": M("Receiver"),
    "released": M("Released"),
    "request_id": M("Staff-change request"),
    "returned_reason": M("Why returned"),
    "revoke_reason": M("Why revoked"),
    "revoked_at": M("Revoked at"),
    "scan": M("Check of the file"),
    "scan_note": M("Note on the check"),
    "seat_id": M("Seat"),
    "sent_at": M("Sent at"),
    "session_id": M("Session"),
    "set_id": M("Criteria set"),
    "settings": M("Settings"),
    "settled_at": M("Settled at"),
    "sha256": M("Digest of the file"),
    "shown_places": M("Decimals shown"),
    "size": M("Size in bytes"),
    "source": M("Source"),
    "started_at": M("Started at"),
    "stated_points_allowed": M("Other points allowed"),
    "tie_rule": M("Rule for ties"),
    "to_unit_id": M("To the unit"),
    "turn": M("Turn"),
    "typed_places": M("Decimals typed"),
    "unit_code": M("Code of the unit"),
    "unit_ids": M("Units"),
    "unit_name": M("Unit"),
    "until": M("Until"),
    "updated_at": M("Changed at"),
    "viewer_id": M("Who looks"),
    "withdrawn": M("Withdrawn"),
    "withdrawn_at": M("Withdrawn at"),
    "withdrawn_reason": M("Why withdrawn"),
    "year": M("Year"),
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
#: What follows from another column, or has no meaning outside the database: an entry does not tell it.
DERIVED = ("id", "index", "name_search", "name_sort", "path", "rule_json", "title_search")
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

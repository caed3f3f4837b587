"""Tables: columns, constraints and relations. Importing this package registers all of them."""

from models import engine as _engine  # noqa: F401 - registers the connection events
from models.access import ReadCount, Restriction, Viewing
from models.account import Account, Delegation, LoginSession, LoginThrottle, Post
from models.assessment import Assessment, Exemption, FieldSheet, Score, Subtotal
from models.audit import AuditEntry, AuditHead
from models.council import Assignment, Council, CouncilUnit, Seat
from models.credential import PreviousPassword, RecoveryCode, SecondFactor
from models.criteria import CriteriaSet, Criterion, CriterionExclusion
from models.evidence import Evidence, EvidenceFile, EvidenceLink
from models.explanation import Explanation, Question
from models.notice import Notice
from models.publication import Edition, EditionField, EditionLeaf, EditionRow
from models.reference import ReferenceFigure
from models.remark import Remark
from models.round import ClassBand, Extension, RankingGroup, RankingGroupKind, Round, Window
from models.snapshot import Snapshot
from models.staff import StaffChange, StaffRequest
from models.unit import Level, Unit, UnitChange, UnitGroup, UnitGroupMember, UnitKind

__all__ = [
    "Account",
    "Assessment",
    "Assignment",
    "AuditEntry",
    "AuditHead",
    "ClassBand",
    "Council",
    "CouncilUnit",
    "CriteriaSet",
    "Criterion",
    "CriterionExclusion",
    "Delegation",
    "Edition",
    "EditionField",
    "EditionLeaf",
    "EditionRow",
    "Evidence",
    "EvidenceFile",
    "EvidenceLink",
    "Exemption",
    "Explanation",
    "Extension",
    "FieldSheet",
    "Level",
    "LoginSession",
    "LoginThrottle",
    "Notice",
    "Post",
    "PreviousPassword",
    "Question",
    "RankingGroup",
    "RankingGroupKind",
    "ReadCount",
    "RecoveryCode",
    "ReferenceFigure",
    "Remark",
    "Restriction",
    "Round",
    "Score",
    "Seat",
    "SecondFactor",
    "Snapshot",
    "StaffChange",
    "StaffRequest",
    "Subtotal",
    "Unit",
    "UnitChange",
    "UnitGroup",
    "UnitGroupMember",
    "UnitKind",
    "Viewing",
    "Window",
]

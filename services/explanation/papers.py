"""Further documents of an explanation: links of their own, so that those of the self-assessment stay as they were signed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import models as m
from permissions.gate import Act, act
from rules.verbs import Verb
from rules.vocabulary import Stage
from services import evidence
from services.evidence import Document
from services.explanation.answering import question_of


@contextmanager
def explaining(sheet: m.FieldSheet, criterion: m.Criterion) -> Iterator[Act]:
    """Open the act in which a unit brings documents to a leaf that it was asked about; any other leaf is hidden."""
    with act(Verb.EXPLAIN, sheet) as given:
        question_of(sheet, criterion)
        yield given


def add(sheet: m.FieldSheet, criterion: m.Criterion, typed: Document) -> None:
    """Name a new document. Raises ``DocumentFault`` and ``Refused``."""
    with explaining(sheet, criterion) as given:
        evidence.name(given, sheet.assessment, criterion, typed, Stage.EXPLANATION)


def use_again(sheet: m.FieldSheet, criterion: m.Criterion, document_id: int, page: str) -> None:
    """Use a document of the unit here too. Raises ``DocumentFault`` and ``Refused``."""
    with explaining(sheet, criterion):
        evidence.link_again(sheet.assessment, criterion, document_id, page, Stage.EXPLANATION)


def remove(sheet: m.FieldSheet, criterion: m.Criterion, link_id: int) -> None:
    """Take a document of the explanation off the leaf; one of the self-assessment is hidden."""
    with explaining(sheet, criterion):
        evidence.unlink(sheet.assessment, criterion, link_id, Stage.EXPLANATION)

"""Documents as a paper names them: number, day, issuer, title and the page that proves the item."""

from __future__ import annotations

from sqlalchemy import select

import models as m
from extensions import db
from i18n import render
from rules.message import M
from rules.vocabulary import Stage

#: A leaf, and the turn of the question that a document answers (1 with the self-assessment).
Place = tuple[int, int]


def documents(form: m.Assessment, stage: Stage) -> dict[Place, list[str]]:
    """Return what was named in one stage; one statement, cut by the reader's floor."""
    link, document = m.EvidenceLink, m.Evidence
    found: dict[Place, list[str]] = {}
    for criterion_id, turn, page, number, issued_on, issuer, title in db.session.execute(
        select(
            link.criterion_id,
            link.turn,
            link.page,
            document.number,
            document.issued_on,
            document.issuer,
            document.title,
        )
        .join(document, document.id == link.evidence_id)
        .where(link.assessment_id == form.id, link.stage == stage)
        .order_by(link.id)
    ):
        words = [
            render(M("number {number}", number=number)) if number else "",
            render(M("of {day}", day=issued_on)) if issued_on else "",
            render(M("by {issuer}", issuer=issuer)) if issuer else "",
        ]
        about = " ".join(word for word in words if word)
        text = f"{title} ({about})" if about else title
        if page:
            text += ", " + (render(M("page {page}", page=page)) if page.isdecimal() else page)
        found.setdefault((criterion_id, turn), []).append(text)
    return found


def listed(texts: list[str]) -> str:
    """Write documents under one another."""
    return "\n".join(f"- {text}" for text in texts)

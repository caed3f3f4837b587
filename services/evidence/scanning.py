"""Asks the virus scanner again about the files that are held; a command of the server's operator."""

from __future__ import annotations

from collections import Counter

from flask import current_app
from sqlalchemy import select

import models as m
from extensions import db
from permissions.gate import system_act
from rules.verbs import Verb
from rules.vocabulary import Scan
from services import scanner
from services.scanner import Opinion
from services.storage import Missing, storage


def scan_held() -> Counter[Scan]:
    """Ask about every held file, each in an audited act of its own; return what came of them. Needs a system scope."""
    settings = current_app.config["PARINDEX"].evidence
    told: Counter[Scan] = Counter()
    held = db.session.scalars(
        select(m.EvidenceFile.id).where(m.EvidenceFile.scan == Scan.HELD).order_by(m.EvidenceFile.id)
    ).all()
    for file_id in held:
        digest = db.session.scalars(select(m.EvidenceFile.sha256).where(m.EvidenceFile.id == file_id)).first()
        if digest is None:  # removed meanwhile
            continue
        try:
            with storage().open(digest) as stream:
                opinion = scanner.opinion(settings, stream)
        except Missing:
            opinion = Opinion(Scan.HELD, "its bytes are missing")
        with system_act(Verb.ATTACH, "virus scan of a held file"):
            file = db.session.get(m.EvidenceFile, file_id, with_for_update=True)
            if file is not None and file.scan is Scan.HELD:
                file.scan, file.scan_note = opinion.scan, opinion.note
                told[opinion.scan] += 1
    return told

"""Documents of the demo's units and where each proves a leaf."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import models as m
from extensions import db
from rules.vocabulary import Scan
from services.demo import files, words
from services.demo.claims import Scores
from services.demo.names import title_of
from services.demo.stage import Stage


def load(stage: Stage, forms: Sequence[m.Assessment], entered: dict[int, Scores]) -> None:
    """Give each unit the documents its leaves need; what has no document gets a note that explains the points."""
    codes = {unit.id: code for code, unit in stage.units.items()}
    papers: dict[tuple[int, str], m.Evidence] = {}
    for form in forms:
        fields = {leaf.field_code for leaf in stage.leaves(form.criteria_set_id) if leaf.id in entered[form.id]}
        for key, symbol, title, day, proves in words.PAPERS:
            if fields & set(proves):
                paper = _paper(stage, codes[form.unit_id], key, symbol, title, day)
                papers[form.id, key] = paper
    db.session.add_all(papers.values())
    db.session.flush()
    drafts = files.samples((key, title.format(unit="đơn vị")) for key, _, title, _, _ in words.PAPERS)
    versions = {
        place: file for place, paper in papers.items() if (file := _file(stage, paper, place[1], drafts)) is not None
    }
    db.session.add_all(versions.values())
    db.session.flush()
    for form in forms:
        _link(stage, form, codes[form.unit_id], entered[form.id], papers, versions)
    db.session.flush()


def _paper(stage: Stage, code: str, key: str, symbol: str, title: str, day: tuple[int, int]) -> m.Evidence:
    chance = stage.chance("paper", code, key)
    issuer = title_of(stage.units[code].name)
    return m.Evidence(
        unit_id=stage.units[code].id,
        number=f"{chance.randint(8, 240)}/{symbol}-{words.SIGNS.get(code, 'UBND')}",
        issued_on=date(2024, day[0], min(28, day[1] + chance.randint(0, 9))),
        issuer=issuer,
        title=title.format(unit=issuer),
        author_id=stage.officer(code),
        created_at=stage.days.at(-20, 9),
    )


def _file(stage: Stage, paper: m.Evidence, key: str, drafts: dict[str, files.Sample]) -> m.EvidenceFile | None:
    """Give most documents their file, some a photo of it; a few are named without one.

    A decision of the province on many units is one file for all of them.
    """
    chance = stage.chance("file", paper.number, key).random()
    if chance < 0.15:
        return None
    draft = drafts["photo" if chance > 0.92 else key]
    sample = files.keep(draft, "" if key == words.JOINT else f"{paper.unit_id} {paper.number}")
    name = f"{paper.number.replace('/', '_')}.{sample.kind.endings[0]}"
    return m.EvidenceFile(
        evidence_id=paper.id,
        unit_id=paper.unit_id,
        name=name,
        sha256=sample.sha256,
        size=sample.size,
        kind=sample.kind.word,
        scan=Scan.CLEAN,
        author_id=paper.author_id,
        created_at=paper.created_at,
    )


def _link(
    stage: Stage,
    form: m.Assessment,
    code: str,
    scores: Scores,
    papers: dict[tuple[int, str], m.Evidence],
    versions: dict[tuple[int, str], m.EvidenceFile],
) -> None:
    for leaf in stage.leaves(form.criteria_set_id):
        score = scores.get(leaf.id)
        if score is None or not leaf.evidence_required:
            continue
        chance = stage.chance("link", code, leaf.code)
        keys = [key for key, *_, proves in words.PAPERS if leaf.field_code in proves]
        if not keys or (chance.random() < 0.05 and not score.note):
            score.note = score.note or words.WITHOUT_PROOF
            continue
        chosen = {chance.choice(keys)} | ({keys[0]} if chance.random() < 0.2 else set())
        db.session.add_all(
            m.EvidenceLink(
                assessment_id=form.id,
                unit_id=form.unit_id,
                criteria_set_id=form.criteria_set_id,
                criterion_id=leaf.id,
                evidence_id=papers[form.id, key].id,
                file_id=versions[form.id, key].id if (form.id, key) in versions else None,
                page=chance.choice(words.PAGES),
            )
            for key in sorted(chosen)
        )

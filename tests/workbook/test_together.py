"""Several acts in one transaction: all of them or none; it opens nothing that the acts do not."""

from __future__ import annotations

import pytest

import models as m
from extensions import db
from permissions.gate import Refused, WriteRefused, together
from services import assessment
from services.score import Entry
from tests.assessment.support import scores
from tests.support.world import Province


def test_what_went_well_before_a_refusal_is_undone(province: Province) -> None:
    own = province.form_id("X11")
    with province.acting("officer.x11"):
        form = db.session.get_one(m.Assessment, own)
        with pytest.raises(Refused):
            _both(form)
    assert scores(province, "X11") == {}
    with province.acting("officer.x11"):
        form = db.session.get_one(m.Assessment, own)
        with together(), together():
            assessment.save(form, {"1.1": Entry({"option": "0"})})
            assessment.save(form, {"1.3": Entry({"met": "1"})})
    assert set(scores(province, "X11")) == {"1.1", "1.3"}


def test_a_write_outside_an_act_is_refused_inside_it_too(province: Province) -> None:
    own = province.form_id("X11")
    with province.acting("officer.x11"):
        form = db.session.get_one(m.Assessment, own)
        with pytest.raises(WriteRefused):
            _outside(form)
    with province.acting("officer.x11"):
        # The next act stands on its own again.
        assessment.save(db.session.get_one(m.Assessment, own), {"1.1": Entry({"option": "0"})})
    assert set(scores(province, "X11")) == {"1.1"}


def _both(form: m.Assessment) -> None:
    with together():
        assessment.save(form, {"1.1": Entry({"option": "0"})})
        assessment.take_back(form)  # nothing is signed: refused


def _outside(form: m.Assessment) -> None:
    with together():
        form.receipt = "x"
        db.session.flush()

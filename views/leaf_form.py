"""The form of one leaf under appraisal or approval: only the rule's own inputs and our few fields are read."""

from __future__ import annotations

from flask import request

from rules.criteria import InputKind, Rule
from services.score import Entry
from views.ids import small_int

#: Inputs of the rule on the form: apart from our own fields.
PREFIX = "in-"


def typed_entry(rule: Rule) -> Entry:
    """Read what was typed for a leaf, whatever else was sent; a version that is none fits no row."""
    form = request.form
    version = form.get("version", "")
    return Entry(
        inputs={
            spec.name: form.getlist(PREFIX + spec.name)
            if spec.kind is InputKind.PARTS
            else form.get(PREFIX + spec.name, "")
            for spec in rule.inputs
        },
        stated=form.get("stated", ""),
        not_applicable=form.get("not_applicable") == "1",
        reason=form.get("reason", ""),
        version=0 if version == "0" else small_int(version) or -1,
    )

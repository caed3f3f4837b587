"""A form per scoring method: the settings of a rule as fields, and back to the rule as it is stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any

from flask_babel import lazy_gettext as _l
from wtforms import BooleanField, HiddenField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from admin.forms import (
    AdminForm,
    DecimalField,
    LongField,
    PlainField,
    RowForm,
    RowsField,
    TicksField,
    VersionField,
    WordField,
)
from i18n import lazy
from rules.points import OUTSIDE_KINDS
from rules.rates import ZeroDenominator
from rules.reader import OWN_MAXIMUM
from rules.vocabulary import CriterionKind, Method
from services.criteria import RULE_FIELD


class ChoiceRow(RowForm):
    """An option or a part, and its points."""

    label = PlainField(_l("Text"), [Length(max=500)])
    points = PlainField(_l("Points"), [Length(max=20)])


class BandRow(RowForm):
    """A band of rates."""

    low = PlainField(_l("From (%)"), [Length(max=20)])
    low_included = BooleanField(_l("Bound included"), default=True)
    high = PlainField(_l("Up to (%)"), [Length(max=20)])
    high_included = BooleanField(_l("Bound included"))
    points = PlainField(_l("Points"), [Length(max=20)])

    @staticmethod
    def to_rule(row: Mapping[str, Any]) -> dict[str, object]:
        return {
            "from" if row["low_included"] else "above": row["low"] or None,
            "to" if row["high_included"] else "to_below": row["high"] or None,
            "points": row["points"] or None,
        }

    @staticmethod
    def from_rule(band: Mapping[str, Any]) -> dict[str, object]:
        return {
            "low": _comma(band.get("from") if band.get("from") is not None else band.get("above")),
            "low_included": band.get("above") is None,
            "high": _comma(band.get("to") if band.get("to") is not None else band.get("to_below")),
            "high_included": band.get("to") is not None,
            "points": _comma(band.get("points")),
        }


class Kind(Enum):
    """How a setting is entered."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    ZERO = "zero"
    CHOICES = "choices"
    BANDS = "bands"
    #: A number, or the maximum of the criterion where nothing is entered.
    OR_MAXIMUM = "or_maximum"


@dataclass(frozen=True)
class Setting:
    """One setting of a rule: its key in the rule, its label and how it is entered."""

    key: str
    label: Any
    kind: Kind = Kind.TEXT
    hint: Any = ""

    @property
    def field_name(self) -> str:
        return RULE_FIELD.format(key=self.key)


_NUMERATOR = Setting("numerator", _l("Numerator: what it is called"))
_DENOMINATOR = Setting("denominator", _l("Denominator: what it is called"))
_ZERO = Setting("when_denominator_zero", _l("When the denominator is 0"), Kind.ZERO)
_EXCEED = Setting("may_exceed", _l("The rate may exceed 100 %"), Kind.FLAG)
_PER = Setting("per", _l("Points per case"), Kind.NUMBER)
_UNIT = Setting("unit", _l("What is counted"))
_CAP = Setting("cap", _l("At most"), Kind.OR_MAXIMUM, _l("Empty: the maximum of the criterion."))

SETTINGS: Mapping[Method, tuple[Setting, ...]] = {
    Method.SUM: (),
    Method.CHOICE: (Setting("options", _l("Options"), Kind.CHOICES),),
    Method.BANDS: (
        Setting("input", _l("What the rate is called")),
        Setting("rate_only", _l("The rate itself is entered, not two figures"), Kind.FLAG),
        _NUMERATOR,
        _DENOMINATOR,
        _ZERO,
        _EXCEED,
        Setting("bands", _l("Bands"), Kind.BANDS, _l("An empty bound is open.")),
    ),
    Method.PROPORTIONAL: (
        _NUMERATOR,
        _DENOMINATOR,
        _ZERO,
        Setting("zero_below_percent", _l("No points below (%)"), Kind.NUMBER, _l("Empty: no floor.")),
        Setting("full_from_percent", _l("Maximum points from (%)"), Kind.NUMBER, _l("Empty: at 100 %.")),
        _EXCEED,
    ),
    Method.ALL_OR_NOTHING: (Setting("condition", _l("Condition")),),
    Method.DEDUCT_STEP: (
        Setting("start", _l("Points to start from"), Kind.OR_MAXIMUM, _l("Empty: the maximum of the criterion.")),
        _PER,
        _UNIT,
        Setting("floor", _l("Not below"), Kind.NUMBER, _l("Empty: 0.")),
    ),
    Method.ACCUMULATE: (_PER, _UNIT, _CAP),
    Method.CHECKLIST: (Setting("items", _l("Parts"), Kind.CHOICES),),
    Method.SURVEY: (Setting("survey", _l("Survey")), Setting("question", _l("Question"))),
    Method.PENALTY_STEP: (_PER, _UNIT, _CAP),
    Method.SUM_CAPPED: (
        Setting("bonus_cap", _l("Bonus at most"), Kind.NUMBER),
        Setting("penalty_cap", _l("Penalty at most"), Kind.NUMBER),
    ),
}
COMMON = (
    Setting("guidance", _l("Guidance")),
    Setting("evidence", _l("Evidence to attach")),
    Setting("appraiser", _l("Usual appraiser")),
    Setting("not_applicable_for", _l("Not for these units (in words)")),
    Setting("may_be_not_applicable", _l("A unit may propose that it does not apply"), Kind.FLAG),
)


def settings_of(method: Method) -> tuple[Setting, ...]:
    """Return the settings of a method, those of all methods last."""
    return SETTINGS[method] + COMMON


class CriterionForm(AdminForm):
    """What every row of a set has; ``form_class`` adds the settings of its method."""

    version = VersionField()
    method = HiddenField()
    code = PlainField(_l("Code"), [InputRequired(), Length(max=32)])
    name = PlainField(_l("Name"), [InputRequired(), Length(max=500)])
    kind = WordField(_l("Kind"), words=CriterionKind)
    max_points = DecimalField(_l("Maximum points"), description=_l("Empty for the group of bonus and penalty only."))
    evidence_required = BooleanField(_l("Evidence is required"))
    excluded = TicksField(_l("Does not apply to these groups of units"))


def _field(setting: Setting) -> Any:
    words = {"label": setting.label, "description": setting.hint}
    match setting.kind:
        case Kind.FLAG:
            return BooleanField(**words)
        case Kind.ZERO:
            choices = [
                SelectChoice("", _l("Not stated")),
                *(SelectChoice(z.value, lazy(z.title)) for z in ZeroDenominator),
            ]
            return SelectField(choices=choices, **words)
        case Kind.CHOICES:
            return RowsField(ChoiceRow, setting.label, description=setting.hint)
        case Kind.BANDS:
            return RowsField(BandRow, setting.label, description=setting.hint)
        case Kind.NUMBER | Kind.OR_MAXIMUM:
            return PlainField(validators=[Length(max=20)], **words)
        case Kind.TEXT:
            long = setting in COMMON
            return (LongField if long else PlainField)(validators=[Length(max=2000 if long else 300)], **words)


@cache
def form_class(method: Method) -> type[CriterionForm]:
    """Return the form of a method."""
    fields = {setting.field_name: _field(setting) for setting in settings_of(method)}
    return type("CriterionForm", (CriterionForm,), fields)


def _comma(value: Any) -> str:
    return "" if value is None else str(value).replace(".", ",")


def from_rule(method: Method, rule: Mapping[str, Any]) -> dict[str, Any]:
    """Give the stored rule as data of the form's fields."""
    data: dict[str, Any] = {}
    for setting in settings_of(method):
        value = rule.get(setting.key)
        match setting.kind:
            case Kind.CHOICES:
                value = [{"label": row["label"], "points": _comma(row["points"])} for row in value or ()]
            case Kind.BANDS:
                value = [BandRow.from_rule(band) for band in value or ()]
            case Kind.NUMBER:
                value = _comma(value)
            case Kind.OR_MAXIMUM:
                value = "" if value == OWN_MAXIMUM else _comma(value)
            case Kind.ZERO | Kind.TEXT:
                value = value or ""
            case Kind.FLAG:
                value = bool(value)
        data[setting.field_name] = value
    return data


def to_rule(method: Method, form: Any) -> dict[str, object]:
    """Give what was typed as a rule; what it is worth the rules decide. Numbers stay as they were typed."""
    rule: dict[str, object] = {"type": method.value}
    convert: dict[Kind, Callable[[Any], object]] = {
        Kind.CHOICES: lambda rows: [{"label": r["label"], "points": r["points"] or None} for r in rows],
        Kind.BANDS: lambda rows: [BandRow.to_rule(row) for row in rows],
        Kind.OR_MAXIMUM: lambda value: value or OWN_MAXIMUM,
    }
    for setting in settings_of(method):
        field = form[setting.field_name]
        value = field.filled if isinstance(field, RowsField) else field.data
        value = convert.get(setting.kind, lambda given: given or None)(value)
        if value is not None:
            rule[setting.key] = value
    if form.kind.data in OUTSIDE_KINDS:
        rule["outside_100"] = True
    return rule

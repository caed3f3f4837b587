"""The survey (điều tra xã hội học): how far its values cover the units, and their import with a preview (Điều 9.1).

The rate is imported, the points are computed by the rule of the item; nobody scores it by hand.
"""

from services.survey.applying import apply
from services.survey.coverage import Coverage, Item, coverage, missing
from services.survey.reading import LAYOUT, Value, read
from services.survey.template import write as write_template

__all__ = ["LAYOUT", "Coverage", "Item", "Value", "apply", "coverage", "missing", "read", "write_template"]

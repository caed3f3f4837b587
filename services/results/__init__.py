"""Results: published tables for everyone, years side by side, a unit's own detail, provisional tables for those in charge."""

from services.results.detail import Detail, detail
from services.results.provisional import Group, groups, provisional
from services.results.published import Head, heads, published, ranked
from services.results.table import Row, Table, about, arrange, csv, writers, xlsx
from services.results.years import years

__all__ = [
    "Detail",
    "Group",
    "Head",
    "Row",
    "Table",
    "about",
    "arrange",
    "csv",
    "detail",
    "groups",
    "heads",
    "provisional",
    "published",
    "ranked",
    "writers",
    "xlsx",
    "years",
]

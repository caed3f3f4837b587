"""Export of a list: what the screen shows, same scope, filters and order, typed, streamed, and safe to open."""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from flask import Response, flash, redirect, stream_with_context
from flask_babel import gettext as _

import i18n
from extensions import db
from permissions.actor import current_actor
from services.tabular import CSV_TYPE, XLSX_TYPE, download_headers, write_csv, write_xlsx

_CHUNK = 500
_PIECE = 64 * 1024


class Exporting:
    """Mixed into ``ScopedModelView``: replaces Flask-Admin's export, which writes formulas and numbers as text."""

    can_export = True
    export_types = ("xlsx", "csv")
    export_max_rows = 50_000
    endpoint: str
    name: Any

    def _export_rows(self: Any, query: Any) -> Iterator[list[object]]:
        values = [column.value for column in self.shown]
        # Closed with the answer, though its reader went away half way: a cursor of the server stays open until then.
        with db.session.execute(query.execution_options(yield_per=_CHUNK)) as result:
            for row in result:
                yield [value(cell) for value, cell in zip(values, row[1:], strict=True)]

    def export_file(self: Any, export_type: str) -> Any:
        """Answer with the file; with the list again where it would be too long to be whole."""
        args = self._get_list_extra_args()
        conditions = self.selection(args.search, args.filters)
        if self.count(conditions) > self.export_max_rows:
            most = i18n.number(self.export_max_rows)
            flash(_("More than %(most)s rows: narrow the list by filters, then export.", most=most), "error")
            return redirect(self._get_list_url(args))
        sorted_by = self._get_column_by_idx(args.sort)
        query = self.ordered(
            self.statement(conditions, self.shown),
            sorted_by[0] if sorted_by else None,
            descending=bool(args.sort_desc),
        )
        columns = [column.export_column() for column in self.shown]
        rows = self._export_rows(query)
        actor = current_actor()
        moment = i18n.format_datetime(actor.now) if actor is not None else ""
        title = str(self.name)
        if export_type == "csv":
            headers = download_headers(self.endpoint.removeprefix("admin_"), title, CSV_TYPE)
            return Response(stream_with_context(write_csv(columns, rows)), headers=headers)
        file = write_xlsx(title, columns, rows, as_of=_("%(name)s, as of %(moment)s", name=title, moment=moment))
        headers = download_headers(self.endpoint.removeprefix("admin_"), title, XLSX_TYPE)
        answer = Response(_pieces(file), headers=headers)
        answer.call_on_close(file.close)  # also where only the head was asked for
        return answer


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece

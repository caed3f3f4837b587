"""The process of ``rules.process`` as the guides show it: a diagram and a table in Vietnamese.

python -m tools.process_guide    (writes docs/guide/quy-trinh.md anew; a test holds the file to the process table)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from i18n import DEFAULT_LOCALE, translations_of
from rules.message import Message
from rules.process import EVERYBODY, PROCESS, Step
from rules.verbs import Relation, Role
from rules.vocabulary import State

PAGE = Path(__file__).parents[1] / "docs" / "guide" / "quy-trinh.md"

_HEAD = """# Quy trình: ai được làm gì, khi nào

Trang này lập tự động từ bảng quy trình của phần mềm; mọi nút bấm và lời từ chối trên màn hình đều theo đúng bảng này.
Việc không có trong bảng thì không ai làm được.

## Các trạng thái của phiếu

Mỗi lĩnh vực của phiếu có trạng thái riêng kể từ khi phiếu khóa. Trạng thái của cả phiếu là của lĩnh vực đi xa nhất.
"""
_TABLE_HEAD = """
## Bảng quy trình

Giai đoạn là khoảng thời gian Sở Nội vụ đặt cho từng cấp; ngoài khoảng đó việc bị từ chối, trừ khi được gia hạn.

| Việc | Ai làm | Với đơn vị nào | Khi phiếu ở trạng thái | Trong giai đoạn | Sau đó phiếu là | Điều kiện |
| --- | --- | --- | --- | --- | --- | --- |
"""
_RELATIONS = {
    Relation.OWN: "đơn vị mình",
    Relation.BELOW: "đơn vị cấp dưới",
    Relation.COUNCIL: "đơn vị hội đồng mình đánh giá",
    None: "–",
}
#: What the clock does by itself, beside what people do.
_BY_CLOCK = (
    (State.NOT_OPEN, State.DRAFT, "đến ngày mở"),
    (State.DRAFT, State.APPRAISAL, "hết hạn, chưa ký duyệt"),
    (State.SIGNED, State.APPRAISAL, "hết hạn"),
    (State.EXPLANATION, State.REAPPRAISAL, "hết hạn giải trình"),
)


def words(message: Message) -> str:
    """Return a message without parts in Vietnamese."""
    return translations_of(DEFAULT_LOCALE).gettext(message.id)


def diagram() -> str:
    """Return the states and what leads from one to the next, as Mermaid draws it."""
    lines = [f"    {state.value} : {words(state.title)}" for state in State]
    edges = {(start, end): [why] for start, end, why in _BY_CLOCK}
    for step in PROCESS:
        for state in sorted(step.states, key=list(State).index):
            if step.to is not None and step.to is not state:
                found = edges.setdefault((state, step.to), [])
                found.extend({words(step.verb.title)} - set(found))
    lines += [f"    {start.value} --> {end.value} : {', '.join(why)}" for (start, end), why in edges.items()]
    return "\n".join(["", "```mermaid", "stateDiagram-v2", *lines, "```", ""])


def table() -> str:
    """Return one row per step of the process."""
    return "".join(f"| {' | '.join(_cells(step))} |\n" for step in PROCESS)


def _cells(step: Step) -> Iterator[str]:
    yield words(step.verb.title)
    yield "mọi vai trò" if step.roles == EVERYBODY else _in_order(step.roles, Role)
    yield _RELATIONS[step.relation]
    if step.states == frozenset(State):
        yield "–" if step.relation is None else "mọi trạng thái"
    else:
        yield _in_order(step.states, State)
    yield words(step.stage.title) if step.stage is not None else "–"
    yield words(step.to.title) if step.to is not None else "–"
    conditions = (
        (step.assigned, "được phân công lĩnh vực"),
        (step.impartial, "không giữ chức vụ ở đơn vị, không tự chấm phiếu đó"),
        (step.reason, "phải ghi lý do"),
    )
    yield "; ".join(text for holds, text in conditions if holds) or "–"


def _in_order(some: Iterable[Role | State], kind: type[Role | State]) -> str:
    order = list(kind)
    return ", ".join(words(one.title) for one in sorted(some, key=order.index))


def page() -> str:
    return f"{_HEAD}{diagram()}{_TABLE_HEAD}{table()}"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")

"""What a page asks for by messages, and the answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dkdata import frames
from dkdata.errors import UsageError, check_choice, shortened
from dkdata.validation import Expectation, Suite
from dkdata.widgets import cells, forms, outcomes
from dkdata.widgets.code.python import suite_python
from dkdata.widgets.code.sql import suite_sql
from dkdata.widgets.exporting import FILES
from dkdata.widgets.ruling import is_dear
from dkdata.widgets.worker import Job, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import duckdb

    from dkdata.widgets.exploration import Exploration
    from dkdata.widgets.explorer import SchemaExplorer
    from dkdata.widgets.worker import Worker

    Content = Mapping[str, Any]
    Answer = dict[str, Any] | tuple[dict[str, Any], list[bytes]]

_MOST_ROWS: Final = 500
_MOST_COLUMNS: Final = 100
_MOST_EXPORTED: Final = 1_000_000
_MATCHES: Final = "expect_column_values_to_match_regex"
_DOES_NOT_MATCH: Final = "expect_column_values_to_not_match_regex"


def take(explorer: SchemaExplorer, content: object) -> None:
    """Have a request answered; any thread may call it."""
    if not isinstance(content, dict) or "id" not in content:
        return
    kind = content.get("kind")
    urgency = Urgency.EDIT if kind in _ACTIONS else Urgency.PAGE

    def run(given: Any) -> None:  # noqa: ANN401 - a connection, but for what is tried
        sent, buffers = _answered(explorer, content, given)
        explorer.send({"kind": kind, "id": content["id"], **sent}, buffers)

    # A page has one request of a kind on its way, and waits for the answer: none may be dropped.
    _worker(explorer.exploration, content).put(Job(urgency, "", run))


def _worker(exploration: Exploration, content: Content) -> Worker:
    """Return who answers: what a rule would find that takes long, not who shows the rows."""
    is_long = content.get("kind") == "try" and is_dear(str(content.get("type")))
    return exploration.asker if is_long else exploration.desk


def _answered(
    explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection
) -> tuple[dict[str, Any], list[bytes]]:
    """Return the answer, which may be why there is none."""
    kind = content.get("kind")
    try:
        check_choice("kind", kind, tuple(_KINDS))
        answer = _KINDS[str(kind)](explorer, content, given)
    except Exception as error:  # noqa: BLE001 - shown where it was asked for
        return {"kind": "error", "text": outcomes.reason_of(error)}, []
    return answer if isinstance(answer, tuple) else (answer, [])


def _whole(content: Content, name: str, most: int) -> int:
    value = content.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        message = f"{name}={shortened(value)} is no whole number from 0 on."
        raise UsageError(message)
    return min(value, most)


def _rows(explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection) -> Answer:
    viewing = explorer.exploration.viewing
    page = viewing.page(
        given,
        viewing.view,
        _whole(content, "offset", 1 << 62),
        _whole(content, "limit", _MOST_ROWS),
        _whole(content, "first", 1 << 31),
        _whole(content, "count", _MOST_COLUMNS),
    )
    return {"epoch": viewing.epoch, **page}


def _cell(explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection) -> Answer:
    exploration = explorer.exploration
    place, column = _whole(content, "row", 1 << 62), _whole(content, "column", 1 << 31)
    rows = exploration.source.page(given, exploration.viewing.view, place, 1, [column])
    return {"text": cells.whole_text(rows.iloc[0, 0])}


def _try(explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection) -> Answer:
    del given
    exploration = explorer.exploration
    expectation = exploration.ruling.made(content)
    told = outcomes.told(exploration.source.validated(Suite("suite", [expectation])))
    if expectation.type != _MATCHES:
        return {"outcome": told}
    kwargs = {name: expectation.kwargs[name] for name in ("column", "regex")}
    opposite = Suite("suite", [Expectation(_DOES_NOT_MATCH, kwargs)])
    others = outcomes.told(exploration.source.validated(opposite))
    return {"outcome": told, "matching": others["examples"]}


def _edit(explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection) -> Answer:
    del given
    _check_writable(explorer)
    return {"key": explorer.exploration.ruling.edit(content)}


def _check_writable(explorer: SchemaExplorer) -> None:
    if explorer.readonly:
        message = "the explorer is read-only."
        raise UsageError(message)


def _forms(explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection) -> Answer:
    del explorer, content, given
    return {"forms": forms.forms()}


def _code(explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection) -> Answer:
    del content, given
    source = explorer.exploration.source
    kinds = {column.label: column.kind for column in source.columns}
    sql = suite_sql(explorer.suite, source.sql_name, kinds) if source.sql_name else ""
    return {"python": suite_python(explorer.suite), "sql": sql}


def _save(explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection) -> Answer:
    del given
    _check_writable(explorer)
    target = content.get("target")
    return {"text": str(explorer.save(target if isinstance(target, str) and target else None))}


def _compare(
    explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection
) -> Answer:
    del given
    target = content.get("target")
    if target:
        explorer.diff(target)
    else:
        explorer.comparison = {}
    return {}


def _export(explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection) -> Answer:
    del given
    what, title = content.get("what"), explorer.title
    if what == "html":
        html = explorer.to_html()
        return {"name": f"{title}.html", "type": "text/html"}, [html.encode()]
    check_choice("what", what, ("html", *FILES))
    key, most = content.get("key"), _MOST_EXPORTED + 1
    rows = explorer.failing(key, most) if key else explorer.exploration.viewing.all_rows(most)
    if len(rows) == most:
        message = (
            f"more than {_MOST_EXPORTED:,} rows are too many to be downloaded by a page. In Python:"
            " failing(rule) or data()."
        )
        raise UsageError(message)
    media_type, write = FILES[str(what)]
    found = frames.from_arrow(frames.to_arrow(rows), "pandas")
    if explorer.exploration.source.has_labels:
        found = found.reset_index(allow_duplicates=True)
    text = write(found)
    return {"name": f"{title}.{what}", "type": media_type}, [text.encode()]


def _refresh(
    explorer: SchemaExplorer, content: Content, given: duckdb.DuckDBPyConnection
) -> Answer:
    del content, given
    explorer.exploration.refresh()
    return {}


_ACTIONS: Final = ("edit", "save", "export", "code")
"""Kinds that are answered before those that only show something."""

_KINDS: Final[
    Mapping[str, Callable[[SchemaExplorer, Content, duckdb.DuckDBPyConnection], Answer]]
] = {
    "rows": _rows, "cell": _cell, "try": _try, "edit": _edit, "refresh": _refresh,
    "code": _code, "save": _save, "export": _export, "compare": _compare, "forms": _forms,
}  # fmt: skip

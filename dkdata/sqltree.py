"""SQL text as the syntax tree of DuckDB's own parser: nothing else decides what it means."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from dkdata.errors import QueryError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import duckdb

Tree: TypeAlias = "dict[str, Any]"
_WHERE = "SELECT 1 WHERE "
_PLAIN = {
    "type", "cte_map", "select_list", "from_table", "where_clause", "aggregate_handling",
}  # fmt: skip


@cache
def _parser() -> duckdb.DuckDBPyConnection:
    import duckdb  # noqa: PLC0415 - only needed for SQL text

    return duckdb.connect(config={"threads": 1})


def refuse(text: str, position: int | None, reason: str) -> NoReturn:
    """Raise an error that shows the text with a caret below ``position``."""
    if position is None:
        message = f"SQL text {text!r}: {reason}."
        raise QueryError(message)
    position = max(0, min(position, len(text)))
    start = text.rfind("\n", 0, position) + 1
    line = text[start:].partition("\n")[0]
    message = f"SQL text: {reason}.\n  {line}\n  {' ' * (position - start)}^"
    raise QueryError(message)


def _parsed(sql: str) -> Tree:
    cursor = _parser().cursor()
    form = "SELECT json_serialize_sql(?, skip_null := true, skip_empty := true)"
    (answer,) = cursor.execute(form, [sql]).fetchone() or ("{}",)
    tree: Tree = json.loads(answer)
    return tree


def _checked(sql: str, text: str, before: int) -> Tree:
    """Return the tree of ``sql``, in which ``text`` starts after ``before`` characters."""
    try:
        tree = _parsed(sql)
    except UnicodeEncodeError as error:
        message = f"SQL text {text!r} is no valid text: it holds a lone surrogate."
        raise QueryError(message) from error
    if tree["error"]:
        reason = str(tree["error_message"]).strip().rstrip(".")
        place = tree.get("position")
        refuse(text, None if place is None else characters(sql, int(place)) - before, reason)
    return tree


def characters(sql: str, position: int) -> int:
    """Return a position in characters, from DuckDB's in bytes."""
    return len(sql.encode()[:position].decode(errors="ignore"))


def parse_expression(text: str) -> Tree:
    """Return the tree of one boolean expression.

    Raises
    ------
    QueryError
        The text is anything else, with the place at which it goes wrong.

    Examples
    --------
    >>> parse_expression("a > 1")["type"]
    'COMPARE_GREATERTHAN'
    """
    if not text.strip():
        message = "SQL text is empty. Give a condition such as 'age >= 18'."
        raise QueryError(message)
    # In parentheses a semicolon or a further clause is an error of the parser; without them
    # text that closes the parentheses itself is.
    _checked(f"{_WHERE}({text}\n)", text, len(_WHERE) + 1)
    tree = _checked(_WHERE + text, text, len(_WHERE))
    nodes = [statement["node"] for statement in tree["statements"]]
    if len(nodes) != 1 or not set(nodes[0]) <= _PLAIN or "where_clause" not in nodes[0]:
        refuse(text, None, "a condition is expected, and nothing after it")
    condition: Tree = nodes[0]["where_clause"]
    return condition


def parse_statement(text: str) -> Tree:
    """Return the tree of one SELECT.

    Raises
    ------
    QueryError
        The text does not parse, or is not one SELECT.
    """
    if not text.strip():
        message = "SQL text is empty. Give a SELECT."
        raise QueryError(message)
    tree = _parsed(text)
    if tree["error"] and tree.get("error_type") == "not implemented":
        refuse(text, None, "only SELECT is possible here. To write data, use save, delete or drop")
    if tree["error"]:
        _checked(text, text, 0)
    if len(tree["statements"]) != 1:
        refuse(text, None, "one SELECT is expected, here are several statements")
    return tree


def expression_sql(tree: Tree) -> str:
    """Return the SQL text of an expression's tree, in parentheses."""
    statement = _parsed(_WHERE + "TRUE")
    statement["statements"][0]["node"]["where_clause"] = tree
    cursor = _parser().cursor()
    (sql,) = cursor.execute("SELECT json_deserialize_sql(?)", [json.dumps(statement)]).fetchone()  # type: ignore[misc]
    return f"({str(sql).partition(' WHERE ')[2]})"


def nodes(tree: Any) -> Iterator[Tree]:  # noqa: ANN401 - JSON
    """Yield every node of a tree, the outer before the inner."""
    if isinstance(tree, dict):
        yield tree
        for part in tree.values():
            yield from nodes(part)
    elif isinstance(tree, list):
        for part in tree:
            yield from nodes(part)


def own_nodes(select: Tree) -> Iterator[Tree]:
    """Yield every node of a SELECT but those of a SELECT within it."""
    yield select
    yield from _within(list(select.values()))


def _within(tree: Any) -> Iterator[Tree]:  # noqa: ANN401 - JSON
    if isinstance(tree, list):
        for part in tree:
            yield from _within(part)
    elif isinstance(tree, dict) and not str(tree.get("type")).endswith("_NODE"):
        yield tree
        yield from _within(list(tree.values()))


def position(tree: Tree, before: int = len(_WHERE)) -> int:
    """Return where in its text an expression starts, in bytes."""
    return int(tree.get("query_location", before)) - before

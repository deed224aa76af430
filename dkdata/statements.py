"""A SELECT of the caller: which tables it reads, and which columns it passes on unchanged."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from dkdata import sqltree
from dkdata.dialects.fragment import quote
from dkdata.errors import QueryError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pyarrow as pa

    from dkdata.sqltree import Tree

_PART = r"""(?:"(?:[^"]|"")*"|'(?:[^']|'')*'|[^\W\d][\w$]*)"""
_SHOW = re.compile(r"\s*show\b", re.IGNORECASE)
_NAME = re.compile(rf"{_PART}(?:\s*\.\s*{_PART})*")
_PLAIN = r"[^\W\d][\w$]*"
_UNKNOWN = 2**64 - 1


@dataclass(frozen=True)
class Mention:
    """A table where a statement names it.

    Parameters
    ----------
    target
        As ``dk.load`` takes it.
    start, end
        Of the name in the text, in characters; ``None`` where the parser does not tell.
    alias
        By which the statement calls its columns; ``None`` if it gives none itself.
    node
        Where it stands in the tree of the statement.
    """

    target: str
    start: int | None
    end: int | None
    alias: str | None
    default_alias: str
    node: Tree = field(repr=False)

    @property
    def called(self) -> str:
        """By what the statement calls its columns, in small letters."""
        return (self.alias or self.default_alias).casefold()


@dataclass(frozen=True)
class Statement:
    """One SELECT, parsed."""

    text: str
    tree: Tree
    mentions: tuple[Mention, ...]

    def rewritten(self, views: Mapping[str, str]) -> str:
        """Return the text with the names of views in place of the targets."""
        text = self.text
        for mention in sorted(self.mentions, key=lambda found: found.start or 0, reverse=True):
            view = views[mention.target]
            if mention.start is None or mention.end is None:
                continue
            named = text[mention.start : mention.end]
            if re.fullmatch(_PLAIN, named) and named.casefold() == view.casefold():
                continue
            alias = "" if mention.alias else f" AS {quote(mention.default_alias)}"
            text = f"{text[: mention.start]}{quote(view)}{alias}{text[mention.end :]}"
        return text

    @cached_property
    def column_names(self) -> frozenset[str]:
        """The columns that are mentioned, without the stars."""
        return frozenset(
            node["column_names"][-1]
            for node in sqltree.nodes(self.tree)
            if node.get("class") == "COLUMN_REF"
        )

    def names_column(self, name: str) -> bool:
        """Whether a column of that name is mentioned."""
        return name.casefold() in map(str.casefold, self.column_names)


def parsed(text: str) -> Statement:
    """Return a SELECT with the tables that it names.

    Raises
    ------
    QueryError
        The text does not parse, or is not one SELECT.

    Examples
    --------
    >>> [mention.target for mention in parsed("from a join memory.b using (id)").mentions]
    ['a', 'memory.b']
    """
    if not isinstance(text, str):
        message = f"{text!r} is not SQL text. Give a SELECT, such as 'select * from orders'."
        raise UsageError(message)
    if _SHOW.match(text):
        message = (
            "SHOW knows nothing of stores. dk.tables() lists the tables, dk.table(name).schema the"
            " columns of one."
        )
        raise QueryError(message)
    tree = sqltree.parse_statement(text)
    return Statement(text, tree, tuple(_mentions(tree["statements"][0], text, frozenset())))


def _mentions(tree: Any, text: str, hidden: frozenset[str]) -> Iterator[Mention]:  # noqa: ANN401
    """Yield the tables of a tree, without the names that its WITH clauses give."""
    if isinstance(tree, list):
        for part in tree:
            yield from _mentions(part, text, hidden)
    if not isinstance(tree, dict):
        return
    for entry in (tree.get("cte_map") or {}).get("map", ()):
        name, node = entry["key"].casefold(), entry["value"]
        recursive = "RECURSIVE" in str(node.get("query_node", {}).get("type"))
        yield from _mentions(node, text, hidden | {name} if recursive else hidden)
        hidden |= {name}
    if tree.get("type") == "BASE_TABLE":
        path = tree["qualified_name"]["path"]
        if len(path) > 1 or path[0].casefold() not in hidden:
            yield _mention(tree, path, text)
    for key, part in tree.items():
        if key != "cte_map":
            yield from _mentions(part, text, hidden)


def _mention(tree: Tree, path: list[str], text: str) -> Mention:
    place = tree.get("query_location", _UNKNOWN)
    start = None if place == _UNKNOWN else sqltree.characters(text, place)
    found = None if start is None else _NAME.match(text, start)
    written = found[0] if found else quote(path[-1])
    if written.startswith("'"):
        target, default = path[-1], PurePath(path[-1].partition("#")[0].rstrip("/")).stem
    else:
        target, default = ".".join(map(_as_part, path)), path[-1]
    return Mention(
        target,
        start if found else None,
        found.end() if found else None,
        tree.get("alias"),
        default,
        tree,
    )


def _as_part(name: str) -> str:
    """Return one part of a name as targets write it."""
    return quote(name) if re.search(r'[.@#"]', name) else name


def lineage(
    statement: Statement,
    schemas: Mapping[str, pa.Schema],
    names: list[str],
) -> list[tuple[str, str] | None]:
    """Return, for each column of the result, the target and column that it is, if it is one.

    Parameters
    ----------
    schemas
        The columns of each target.
    names
        Of the columns of the result.
    """
    node = statement.tree["statements"][0]["node"]
    unknown: list[tuple[str, str] | None] = [None] * len(names)
    if node.get("type") != "SELECT_NODE":
        return unknown
    tables = _joined(node.get("from_table", {}), statement, schemas)
    if tables is None:
        return unknown
    found: list[tuple[str, str] | None] = []
    for item in node["select_list"]:
        expanded = _expanded(item, tables)
        if expanded is None:
            return unknown
        found += expanded
    return found if len(found) == len(names) else unknown


_Columns = list[tuple[str, str]]


@dataclass(frozen=True)
class _Joined:
    """Tables by their aliases, and the columns that a star stands for."""

    columns: dict[str, _Columns]
    star: _Columns


def _joined(
    tree: Tree,
    statement: Statement,
    schemas: Mapping[str, pa.Schema],
) -> _Joined | None:
    """Return the tables of a FROM clause that has nothing but tables and joins."""
    match tree:
        case {"type": "BASE_TABLE", "qualified_name": {"path": path}}:
            if tree.get("column_name_alias"):
                return None
            mention = _mention(tree, path, statement.text)
            if mention.target not in schemas:
                return None
            columns = [(mention.target, name) for name in schemas[mention.target].names]
            return _Joined({mention.called: columns}, columns)
        case {"type": "JOIN", "left": left, "right": right}:
            one, other = (_joined(side, statement, schemas) for side in (left, right))
            if one is None or other is None or tree.get("ref_type") == "NATURAL":
                return None
            if tree.get("join_type") in ("SEMI", "ANTI"):
                return one
            shared = {name.casefold() for name in tree.get("using_columns", ())}
            if shared and tree.get("join_type") not in ("INNER", "LEFT"):
                return None
            rest = [column for column in other.star if column[1].casefold() not in shared]
            return _Joined(one.columns | other.columns, one.star + rest)
    return None


def _expanded(item: Tree, tables: _Joined) -> list[tuple[str, str] | None] | None:
    """Return the columns that one item of a SELECT list stands for; ``None`` if not known."""
    match item:
        case {"class": "STAR", "columns": False} if not (
            item.get("replace_list") or item.get("rename_list") or item.get("expr")
        ):
            relation = item.get("relation_name", "").casefold()
            columns = tables.columns.get(relation) if relation else tables.star
            left_out = {str(name).casefold() for name in item.get("exclude_list", ())}
            if columns is None:
                return None
            return [column for column in columns if column[1].casefold() not in left_out]
        case {"class": "STAR"}:
            return None
        case {"class": "COLUMN_REF", "column_names": [name]}:
            return [_only(name, [c for columns in tables.columns.values() for c in columns])]
        case {"class": "COLUMN_REF", "column_names": [alias, name]}:
            return [_only(name, tables.columns.get(alias.casefold(), []))]
    return [None]


def _only(name: str, columns: _Columns) -> tuple[str, str] | None:
    found = [column for column in columns if column[1].casefold() == name.casefold()]
    return found[0] if len(found) == 1 else None

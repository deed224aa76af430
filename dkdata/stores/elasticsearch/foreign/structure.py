"""What values the fields of documents have: kinds as DuckDB calls them, of lists and objects too.

A kind is a text (``"VARCHAR"``; ``"JSON"`` where values differ), a list of one kind, or a
dictionary of kinds.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, TypeAlias

from dkdata import engine
from dkdata.dialects.fragment import quote, text
from dkdata.stores.file.foreign_documents import LONG_INTEGER, in_order

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Kind: TypeAlias = "str | list[Any] | dict[str, Any]"
ANY = "JSON"
_WIDTHS = ("UBIGINT", "BIGINT", "HUGEINT", "DOUBLE")


def found_in(objects: str) -> tuple[dict[str, Kind], bool]:
    """Return the kind of every key, as they come first, and whether there are long integers.

    Parameters
    ----------
    objects
        A FROM item with one document a row, called ``json``.
    """
    is_long = f"bool_or(regexp_matches(json::VARCHAR, {text(LONG_INTEGER)}))"
    query = f"SELECT json_group_structure(json)::VARCHAR, {is_long} FROM {objects}"  # noqa: S608
    told, has_long = engine.connection().sql(query).fetchall()[0]
    structure = json.loads(told) if told else {}
    if not isinstance(structure, dict):  # all documents are empty
        return {}, False
    return in_order(structure, objects), bool(has_long)


def is_mixed(kind: Kind) -> bool:
    """Whether values differ somewhere in a kind."""
    match kind:
        case dict():
            return any(map(is_mixed, kind.values()))
        case [item]:
            return is_mixed(item)
    return kind == ANY


def closer(rows: Callable[[Mapping[str, str]], str], mixed: Mapping[str, bool]) -> dict[str, Kind]:
    """Return the kinds of columns of which some values stand alone and some in lists.

    Parameters
    ----------
    rows
        Returns a FROM item with columns of given types.
    mixed
        The columns, and whether the mapping makes texts of whatever stands there.
    """
    shown = ", ".join(f"list(DISTINCT json_structure({quote(name)})::VARCHAR)" for name in mixed)
    given = rows(dict.fromkeys(mixed, "JSON"))
    query = f"SELECT {shown} FROM {given}"  # noqa: S608
    found = engine.connection().sql(query).fetchall()[0]
    kinds = dict[str, Kind]()
    for (name, is_text), told in zip(mixed.items(), found, strict=True):
        kind: Kind = "NULL"
        for one in sorted(filter(None, told or ())):
            kind = merged(kind, _alone(json.loads(one)), is_text=is_text)
        kinds[name] = kind
    return kinds


def _alone(kind: Kind) -> Kind:
    return {} if kind == ANY else kind  # as it is told of an object without fields


def merged(one: Kind, other: Kind, *, is_text: bool = False) -> Kind:
    """Return the kind that holds values of both; what stands alone is a list of one.

    Examples
    --------
    >>> merged("UBIGINT", ["DOUBLE"])
    ['DOUBLE']
    >>> merged("UBIGINT", {"a": "UBIGINT"})
    'JSON'
    """
    match one, other:
        case "NULL", _:
            return other
        case _, "NULL":
            return one
        case dict(), dict():
            keys = dict.fromkeys([*one, *other])
            return {
                key: merged(one.get(key, "NULL"), other.get(key, "NULL"), is_text=is_text)
                for key in keys
            }
        case [a], [b]:
            return [merged(a, b, is_text=is_text)]
        case ([item], alone) | (alone, [item]):
            inner = merged(item, alone, is_text=is_text)
            return ANY if inner == ANY else [inner]
        case str(), str() if one in _WIDTHS and other in _WIDTHS:
            return max(one, other, key=_WIDTHS.index)
        case str(), str() if one != other and is_text:
            return "VARCHAR"
    return one if one == other else ANY

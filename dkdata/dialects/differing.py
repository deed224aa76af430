"""Two sources joined by their keys, as a SELECT of the rows that differ."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from pyarrow import types as is_type

from dkdata.dialects.columns import Column, comparable
from dkdata.dialects.fragment import quote, text
from dkdata.dialects.pairs import compare_columns
from dkdata.frames.widening import lacks_values

if TYPE_CHECKING:
    from collections.abc import Sequence

ADDED, REMOVED, CHANGED = "added", "removed", "changed"
CHANGE, COLUMNS = "_dk_change", "_dk_columns"
_SIDES: Final = ("a", "b")
_CHANGE: Final = (
    f"CASE WHEN a IS NULL THEN '{ADDED}' WHEN b IS NULL THEN '{REMOVED}' ELSE '{CHANGED}' END"
)


@dataclass(frozen=True)
class Pair:
    """A column of one source and the one of the other that it is compared with.

    Parameters
    ----------
    names
        What it is called in the result: in both, or the one value of a key.
    """

    label: str
    names: tuple[str, ...]
    columns: tuple[Column, Column]

    def at(self, number: int) -> Pair:
        """Return the pair where the columns have the names of a joined row."""
        left, right = (
            replace(column, sql=f"{side}{number}")
            for side, column in zip(_SIDES, self.columns, strict=True)
        )
        return replace(self, columns=(left, right))


def differing(sources: tuple[str, str], key: Sequence[Pair], others: Sequence[Pair]) -> str:
    """Return the SELECT of the rows that only one source has, or that differ; sorted by the key.

    Columns are what became of the row, the key, the names of the columns that differ (null of a
    row that only one has), and of each other column the values on both sides.

    Raises
    ------
    QueryError
        Values of such types are not comparable.

    Examples
    --------
    >>> import pyarrow as pa
    >>> n = Column("n", '"n"', pa.int64(), pa.int64())
    >>> print(differing(("x", "y"), [Pair("n", ("n",), (n, n))], []))
    SELECT CASE WHEN a IS NULL THEN 'added' WHEN b IS NULL THEN 'removed' ELSE 'changed' END AS \
"_dk_change", coalesce(a0, b0) AS "n", CAST(NULL AS VARCHAR[]) AS "_dk_columns" FROM \
(SELECT TRUE AS a, "n" AS a0 FROM x) FULL JOIN (SELECT TRUE AS b, "n" AS b0 FROM y) ON a0 = b0 \
WHERE a IS NULL OR b IS NULL ORDER BY 2
    """
    pairs = [*key, *others]
    joined = [
        f"(SELECT TRUE AS {name}, {_numbered(pairs, side, name)} FROM {source})"
        for side, (name, source) in enumerate(zip(_SIDES, sources, strict=True))
    ]
    keys = [pair.at(n) for n, pair in enumerate(key)]
    rest = [pair.at(n) for n, pair in enumerate(others, len(key))]
    met = " AND ".join(_same(*pair.columns) for pair in keys)
    unlike = [_unlike(*pair.columns) for pair in rest]
    named = ", ".join(
        f"CASE WHEN {condition} THEN {text(pair.label)} END"
        for condition, pair in zip(unlike, rest, strict=True)
    )
    changed = f"list_filter([{named}], lambda name: name IS NOT NULL)"
    told = f"CASE WHEN a AND b THEN {changed} END" if rest else "CAST(NULL AS VARCHAR[])"
    shown = [
        f"{_CHANGE} AS {quote(CHANGE)}",
        *(f"{_either(*pair.columns)} AS {quote(pair.names[0])}" for pair in keys),
        f"{told} AS {quote(COLUMNS)}",
        *(
            f"{column.sql} AS {quote(name)}"
            for pair in rest
            for name, column in zip(pair.names, pair.columns, strict=True)
        ),
    ]
    where = " OR ".join(["a IS NULL", "b IS NULL", *(f"({one})" for one in unlike)])
    order = ", ".join(str(2 + n) for n in range(len(keys)))
    return (
        f"SELECT {', '.join(shown)} FROM {joined[0]} FULL JOIN {joined[1]} ON {met}"
        f" WHERE {where} ORDER BY {order}"
    )


def _numbered(pairs: Sequence[Pair], side: int, name: str) -> str:
    return ", ".join(f"{pair.columns[side].sql} AS {name}{n}" for n, pair in enumerate(pairs))


def _either(left: Column, right: Column) -> str:
    if left.physical == right.physical:
        return f"coalesce({left.sql}, {right.sql})"
    return f"CAST(coalesce({left.sql}, {right.sql}) AS BIGINT)"  # of whole numbers


def _is_alike(left: Column, right: Column) -> bool:
    """Whether DuckDB compares the values as they are: also nested ones, parts without values."""
    if is_type.is_nested(left.type) and is_type.is_nested(right.type):
        return left.type == right.type or lacks_values(left.type) or lacks_values(right.type)
    return (left.type, left.physical, left.kind) == (right.type, right.physical, right.kind)


def _same(left: Column, right: Column) -> str:
    """Return the condition that two columns have the same value, which is not null."""
    if _is_alike(left, right):
        return f"{left.sql} = {right.sql}"
    return compare_columns(comparable(left), "==", comparable(right)).sql


def _unlike(left: Column, right: Column) -> str:
    """Return the condition that two columns have different values; null is like null only."""
    if is_type.is_null(left.type):
        return f"{right.sql} IS NOT NULL"
    if is_type.is_null(right.type):
        return f"{left.sql} IS NOT NULL"
    if _is_alike(left, right):
        one, other = comparable(left), comparable(right)
        return f"{one.sql} IS DISTINCT FROM {other.sql}"
    same = _same(left, right)
    return f"({left.sql} IS NULL) <> ({right.sql} IS NULL) OR NOT coalesce({same}, TRUE)"

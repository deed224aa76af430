"""What compares, moves and changes tables."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, get_args

from dkdata.api.arguments import Kind, located
from dkdata.errors import UsageError, check_choice
from dkdata.query import Query, as_names

if TYPE_CHECKING:
    from collections.abc import Hashable, Sequence

    from dkdata.catalog import Location
    from dkdata.types import Rows


def diff(  # noqa: PLR0913 - the public signature
    a: Any,  # noqa: ANN401 - any frame or source
    b: Any,  # noqa: ANN401 - any frame or source
    *,
    key: Hashable | Sequence[Hashable],
    columns: Hashable | Sequence[Hashable] | None = None,
    suffixes: tuple[str, str] = ("_a", "_b"),
    as_: Kind = "pandas",
) -> Any:  # noqa: ANN401 - as_ decides
    """Return the rows of ``b`` that were added, removed or changed against ``a``.

    Values are compared exactly: null is like null, and NaN like NaN; numbers of different types
    are compared by value. Where tables are kept in DuckDB, Parquet or Delta Lake, DuckDB reads them
    where they are; of others the columns that are compared are fetched. What is done on the way
    needs not fit into memory.

    Parameters
    ----------
    a, b
        Frames of any kind, tables by name, path or URL, or ``Table``.
    key
        Columns that tell which row of ``a`` is which of ``b``; never null, and of one row only.
    columns
        Those that are compared; by default all that both have, with a warning of others.
    suffixes
        What is appended to the name of a column for its values in ``a`` and in ``b``.
    as_
        The kind of frame, as in ``load``.

    Returns
    -------
    frame
        A row for each difference, sorted by the key: ``_dk_change`` (``"added"``, ``"removed"`` or
        ``"changed"``), the key, ``_dk_columns`` (the names of the columns that differ; null where
        only one side has the row), and both values of each other column. Empty if nothing differs.

    Raises
    ------
    SchemaError
        The key is null or repeated, or values of such types cannot be compared.
    ColumnNotFoundError, TableNotFoundError
        There is no such column or table.
    UsageError
        An argument is not possible.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> before = pd.DataFrame({"id": [1, 2, 3], "price": [1.5, 2.0, None]})
    >>> after = pd.DataFrame({"id": [2, 3, 4], "price": [2.5, None, 4.0]})
    >>> print(dk.diff(before, after, key="id").to_string())
      _dk_change  id _dk_columns  price_a  price_b
    0    removed   1        <NA>      1.5      NaN
    1    changed   2   ['price']      2.0      2.5
    2      added   4        <NA>      NaN      4.0
    """
    from dkdata import frames  # noqa: PLC0415
    from dkdata.change.differing import Comparing  # noqa: PLC0415

    check_choice("as_", as_, get_args(Kind))
    match suffixes:
        case (str() as left_end, str() as right_end) if left_end != right_end:
            ends = (left_end, right_end)
        case _:
            message = f"suffixes={suffixes!r} is not possible. Give two texts, as ('_a', '_b')."
            raise UsageError(message)
    names, compared = as_names(key), as_names(columns)
    for argument, given, found in (("key", key, names), ("columns", columns, compared)):
        if not found and (argument == "key" or given is not None):
            message = f"{argument}={given!r} names no column."
            raise UsageError(message)
    comparing = Comparing(names, compared, ends)
    left, right = (_rows(given, comparing.needed) for given in (a, b))
    return frames.from_arrow(comparing.differences(left, right), as_, filtered=True)


def _rows(given: Any, names: tuple[Hashable, ...]) -> Location | Rows:  # noqa: ANN401 - frame or source
    """Return a whole table as its place, anything else as rows: of the columns that are needed."""
    from dkdata import frames  # noqa: PLC0415
    from dkdata.lazy import Table  # noqa: PLC0415

    if isinstance(given, Table) and given.steps != (Query(),):
        return (given.select(*names) if names else given).reader()
    if isinstance(given, str | PathLike | Table):
        return located(given)
    return frames.to_arrow(given)

"""What there is, its versions, and its rules."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

from dkdata.api.arguments import Target, located
from dkdata.api.reading import table
from dkdata.errors import StoreError, UnsupportedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from dkdata.store import Store
    from dkdata.validation import Result


def tables(store: str | None = None) -> pd.DataFrame:
    """Return the tables of one store, or of all: store, table, rows, columns.

    Rows and columns of one that cannot be read, such as a view of a lost table, are null.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.tables("memory").columns.tolist()
    ['store', 'table', 'rows', 'columns']
    """
    import pandas as pd  # noqa: PLC0415

    from dkdata import catalog  # noqa: PLC0415

    found = [
        (name, table, *_size(opened, table))
        for name in ([store] if store else catalog.STORES)
        for opened in [catalog.open_store(name)]
        for table in opened.tables()
    ]
    listed = pd.DataFrame(found, columns=["store", "table", "rows", "columns"])
    known = listed.notna().all(axis=None)
    return listed.astype(dict.fromkeys(["rows", "columns"], "int64" if known else "Int64"))


def _size(store: Store, table: str) -> tuple[int, int] | tuple[None, None]:
    from dkdata.frames import envelope  # noqa: PLC0415

    try:
        return store.count(table), len(envelope.labels(store.schema(table)))
    except StoreError:
        return None, None


def history(target: Target) -> pd.DataFrame:
    """Return the versions of a Delta table, the newest first.

    Raises
    ------
    UnsupportedError
        The store of the target keeps no versions.
    """
    return _versioned(target, "history")


def optimize(target: Target) -> None:
    """Merge the small parts of a Delta table into larger ones; rows may change their order."""
    _versioned(target, "optimize")


def _versioned(target: Target, method: str) -> Any:  # noqa: ANN401 - the method decides
    location = located(target)
    if not hasattr(location.store, method):
        lacks = {"history": "keeps no versions", "optimize": "has no small parts to merge"}
        message = f"{location.label!r}: its store {lacks[method]}. Delta folders do: 'out/orders/'."
        raise UnsupportedError(message)
    return getattr(location.store, method)(location.table)


def validate(
    frame_or_source: Any,  # noqa: ANN401 - any frame or source
    suite: Any,  # noqa: ANN401 - a suite in any form
    *,
    result_format: str | Mapping[str, Any] = "SUMMARY",
    engine: Literal["auto", "gx"] = "auto",
    suite_parameters: Mapping[str, Any] | None = None,
) -> Result:
    """Return which rows and rules of a suite a frame or a table breaks.

    Parameters
    ----------
    frame_or_source
        A frame of any kind, or a table name, path, URL or ``Table``.
    suite
        ``dk.expect(column)…``, a ``Suite``, a ``Schema``, a suite of Great Expectations, its
        JSON (a dict or a path), one expectation, or a list of them.
    result_format
        ``"BOOLEAN_ONLY"``, ``"BASIC"``, ``"SUMMARY"``, ``"COMPLETE"``, or a mapping with Great
        Expectations' options: how much ``to_dict()`` tells, not what is found.
    engine
        ``"auto"`` or ``"gx"``: Great Expectations itself.
    suite_parameters
        Values for the ``{"$PARAMETER": name}`` of the suite.

    Raises
    ------
    ColumnNotFoundError
        A rule is about a column that is not there.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> ages = pd.DataFrame({"age": [36, 410]})
    >>> dk.validate(ages, dk.expect("age").between(0, 120)).invalid()["age"].tolist()
    [410]
    """
    from dkdata import validation  # noqa: PLC0415

    given = frame_or_source
    if isinstance(given, (str, PathLike)):
        given = table(given)
    return validation.validate(
        given,
        suite,
        result_format=result_format,
        engine=engine,
        suite_parameters=suite_parameters,
    )

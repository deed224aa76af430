"""What there is, its versions, and its rules."""

from __future__ import annotations

import warnings
from os import PathLike
from typing import TYPE_CHECKING, Any, Literal

from dkdata import showing
from dkdata.api.arguments import Target, in_seconds, located
from dkdata.api.reading import table
from dkdata.errors import DkError, DkWarning, UnsupportedError
from dkdata.query import as_names

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    import pandas as pd

    from dkdata.catalog import Location
    from dkdata.report import Finding, Report
    from dkdata.store import Store
    from dkdata.validation import Result, Suite


def tables(store: str | None = None) -> pd.DataFrame:
    """Return the tables of one store, or of all: store, table, rows, columns.

    Rows and columns of one that cannot be read, such as a view of a lost table, are null. Among
    all, a store that cannot be reached is named by a warning.

    Examples
    --------
    >>> import dkdata as dk
    >>> dk.tables("memory").columns.tolist()
    ['store', 'table', 'rows', 'columns']
    """
    import pandas as pd  # noqa: PLC0415

    from dkdata import catalog  # noqa: PLC0415

    if store is not None:
        found = _listed(store)
    else:
        found = []
        for name in catalog.store_names():
            try:
                found += _listed(name)
            except DkError as error:
                message = f"the tables of store {name!r} are not listed: {error}"
                warnings.warn(message, DkWarning, stacklevel=2)
    listed = pd.DataFrame(found, columns=["store", "table", "rows", "columns"])
    known = listed.notna().all(axis=None)
    return listed.astype(dict.fromkeys(["rows", "columns"], "int64" if known else "Int64"))


def _listed(name: str) -> list[tuple[str, str, int | None, int | None]]:
    from dkdata import catalog  # noqa: PLC0415

    opened = catalog.open_store(name)
    return [(name, table, *_size(opened.holder_of(table), table)) for table in opened.tables()]


def _size(store: Store, table: str) -> tuple[int, int] | tuple[None, None]:
    from dkdata.frames import envelope  # noqa: PLC0415

    try:
        return store.count(table), len(envelope.labels(store.schema(table)))
    except DkError:
        return None, None


def doctor(
    store: str | None = None, *, remove: bool = False, older_than: float | str | None = None
) -> Report:
    """Look whether stores answer, and for what interrupted saves left behind.

    Parameters
    ----------
    store
        Its name; all stores without it.
    remove
        Whether to remove what is left over.
    older_than
        Seconds, or text such as ``"10min"``: what was touched later is left alone. By default a
        minute for single files and Elasticsearch, within which every running save shows that it
        lives, and a day for Delta tables.

    Returns
    -------
    Report
        One finding a store, also of one that does not answer.

    Examples
    --------
    >>> import dkdata as dk
    >>> print(dk.doctor("memory"))  # doctest: +ELLIPSIS
    ✓ memory: ... tables
    """
    from dkdata import catalog  # noqa: PLC0415
    from dkdata.report import Report  # noqa: PLC0415

    age = None if older_than is None else in_seconds(older_than)
    names = catalog.store_names() if store is None else [store]
    return Report(tuple(_found(name, remove=remove, older_than=age) for name in names))


def _found(name: str, *, remove: bool, older_than: float | None) -> Finding:
    from dkdata import catalog  # noqa: PLC0415
    from dkdata.errors import StoreNotFoundError  # noqa: PLC0415
    from dkdata.report import Finding  # noqa: PLC0415

    try:
        opened = catalog.open_store(name)
        told = opened.told()
        leftovers = opened.leftovers(older_than)
        for clear in leftovers.values() if remove else ():
            clear()
    except StoreNotFoundError:
        raise
    except DkError as error:
        return Finding(name, answers=False, told=str(error))
    return Finding(name, answers=True, told=told, leftovers=tuple(leftovers), is_removed=remove)


def history(target: Target) -> pd.DataFrame:
    """Return the versions of a Delta table, the newest first.

    Raises
    ------
    UnsupportedError
        The store of the target keeps no versions.
    """
    return _versioned(target, "history")


def optimize(target: Target) -> None:
    """Merge the small parts of a table: files in Delta Lake format, indices of Elasticsearch.

    Rows may change their order in the former, and keep it in the latter.

    Raises
    ------
    UnsupportedError
        A table of the store of the target has no parts.
    """
    _versioned(target, "optimize")


def _versioned(target: Target, method: str) -> Any:  # noqa: ANN401 - the method decides
    location = located(target)
    if not hasattr(location.store, method):
        lacks = {"history": "keeps no versions", "optimize": "has no small parts to merge"}
        message = f"{location.label!r}: its store {lacks[method]}. Delta folders do: 'out/orders/'."
        raise UnsupportedError(message)
    return getattr(location.store, method)(location.table)


def validate(  # noqa: PLR0913 - the public contract
    frame_or_source: Any,  # noqa: ANN401 - any frame or source
    suite: Any,  # noqa: ANN401 - a suite in any form
    *,
    result_format: str | Mapping[str, Any] = "SUMMARY",
    engine: Literal["auto", "gx"] = "auto",
    suite_parameters: Mapping[str, Any] | None = None,
    progress: bool | None = None,
) -> Result:
    """Return which rows and rules of a suite a frame or a table breaks.

    Parameters
    ----------
    frame_or_source
        A frame of any kind, or a table name, path, URL or ``Table``.
    suite
        ``dk.expect(column)…``, a ``Suite``, a ``Schema``, a suite of Great Expectations, its
        JSON (a dict or a path), the name of a saved suite, one expectation, or a list of them.
    result_format
        ``"BOOLEAN_ONLY"``, ``"BASIC"``, ``"SUMMARY"``, ``"COMPLETE"``, or a mapping with Great
        Expectations' options: how much ``to_dict()`` tells, not what is found.
    engine
        ``"auto"`` or ``"gx"``: Great Expectations itself.
    suite_parameters
        Values for the ``{"$PARAMETER": name}`` of the suite.
    progress
        ``False`` shows nothing. Otherwise a validation that takes longer than two seconds shows
        how far it is, and ends with one line.

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
    from dkdata.lazy import Table  # noqa: PLC0415

    given = frame_or_source
    if isinstance(given, (str, PathLike)):
        given = table(given)
    return showing.validated(
        given,
        suite,
        given.location.label if isinstance(given, Table) else "the frame",
        progress=progress,
        result_format=result_format,
        engine=engine,
        suite_parameters=suite_parameters,
    )


def suites() -> pd.DataFrame:
    """Return the suites that have names: name, version, expectations, saved, where, path.

    ``version`` is the newest one, ``saved`` when it was saved (UTC), ``where`` is ``"workspace"``
    or ``"configuration"``, whose suites have neither of the two. One that cannot be read is named
    by a warning, and its number of expectations is null.

    Examples
    --------
    >>> import dkdata as dk
    >>> saved = dk.expect("age").between(0, 120).not_null().save("people")
    >>> dk.suites()[["name", "version", "expectations", "where"]].values.tolist()
    [['people', 1, 2, 'workspace']]
    """
    import pandas as pd  # noqa: PLC0415

    from dkdata.validation.saved.listing import listed  # noqa: PLC0415

    found = listed()
    for one in found:
        if one.error is not None:
            message = f"suite {one.name!r} of the {one.where} cannot be read: {one.error}"
            warnings.warn(message, DkWarning, stacklevel=2)
    rows = [
        (one.name, one.version, one.expectations, one.saved, one.where, one.path) for one in found
    ]
    columns = ["name", "version", "expectations", "saved", "where", "path"]
    dtypes = {"version": "Int64", "expectations": "Int64", "saved": "datetime64[us, UTC]"}
    return pd.DataFrame(rows, columns=columns).astype(dtypes)


def suggest(
    frame_or_source: Any,  # noqa: ANN401 - any frame or source
    *,
    name: str | None = None,
    columns: Hashable | Sequence[Hashable] | None = None,
    references: bool | Target | Sequence[Target] = False,
    min_confidence: float = 0.5,
) -> Suite:
    """Return a suite that the data suggests, which it meets; ``df.dk.suggest()``.

    Each expectation says in ``meta["dkdata"]`` what speaks for it: ``evidence`` (counts and
    values), ``confidence`` (0 to 1) and ``reason`` (a sentence). ``mostly`` is set where a few
    rows are exceptions, so low that new rows most likely meet it too.

    Parameters
    ----------
    frame_or_source
        A frame of any kind, or a table name, path, URL or ``Table``, which is read whole.
    name
        Of the suite; without it that of the table, or ``"suggested"``.
    columns
        Which columns the rules are about; without it all, and the table as a whole.
    references
        Tables to which columns may refer: a target, a list of them, or ``True`` for all tables of
        the workspace.
    min_confidence
        Rules that are less sure are left out. 0.5 asks for 69 rows without an exception, 0.95 for
        299; what is known of the frame as a whole needs none.

    Raises
    ------
    ColumnNotFoundError, TableNotFoundError
        A column or a table that was named is not there.
    SchemaError
        Two columns have the same name.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> people = pd.DataFrame({"id": range(500), "team": ["red", "blue"] * 250})
    >>> suite = people.dk.suggest(columns="team")
    >>> suite
    Suite 'suggested', 3 expectations
      team: type('str')
      team: not_null
      team: in_set(['blue', 'red'])
    >>> suite[2].meta["dkdata"]["evidence"]["counts"]
    {'blue': 250, 'red': 250}
    """
    from dkdata.lazy import Table  # noqa: PLC0415
    from dkdata.validation import suggestion  # noqa: PLC0415

    suggestion.check_confidence(min_confidence)
    given, source = frame_or_source, None
    if isinstance(given, (str, PathLike, Table)):
        given = table(given)
        source = given.location
        suggestion.check_columns(columns, given.columns)
    others = _referred(source, references=references)
    return suggestion.suggest(
        given if source is None else given.to_pandas(),
        name=(source.table if source else "suggested") if name is None else name,
        columns=columns,
        others=others,
        min_confidence=min_confidence,
    )


def _referred(
    source: Location | None, *, references: bool | Target | Sequence[Target]
) -> list[Location]:
    """Return the tables to which columns may refer, each of which is there."""
    from dkdata import catalog  # noqa: PLC0415

    if not isinstance(references, bool):
        found = [located(target) for target in as_names(references)]
        for location in found:
            location.store.schema(location.table)
        return found
    names = catalog.open_store("local").tables() if references else []
    found = [located(name if name.isidentifier() else _quoted(name)) for name in names]
    here = None if source is None else (source.store.name, source.table)
    return [location for location in found if (location.store.name, location.table) != here]


def _quoted(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'

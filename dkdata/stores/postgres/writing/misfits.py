"""Staged rows that a table would bend or refuse, named by their column and row."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote
from dkdata.dialects.postgres.relation import bare
from dkdata.errors import DeadlineError, DkError, SchemaError
from dkdata.stores.postgres.connection import failures
from dkdata.stores.postgres.tables.held import Filled
from dkdata.stores.postgres.writing.casting import cast

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dkdata.stores.postgres.connection.session import Session
    from dkdata.stores.postgres.tables.held import Held, HeldColumn

# Types whose assignment can change a value instead of refusing it, and one that takes it whole.
_WHOLE = {
    "character varying": "text", "character": "text", "name": "text", '"char"': "text",
    "bit": "bit varying", "bit varying": "bit varying", "numeric": "numeric", "money": "numeric",
    "timestamp without time zone": "timestamp without time zone",
    "timestamp with time zone": "timestamp with time zone",
    "time without time zone": "time without time zone",
    "time with time zone": "time with time zone", "interval": "interval",
}  # fmt: skip


@contextmanager
def naming_misfits(session: Session, held: Held, staged: Held) -> Iterator[None]:
    """Refuse staged rows of which a column of the table would bend a value, or which it refuses.

    Raises
    ------
    SchemaError
        The first such value, with its column and row, also where the server names none.
    """
    try:
        with session.savepoint():
            for column in _cast_columns(held, staged):
                _refuse_bent(session, column, staged)
                if column.filled == Filled.EXPRESSION:
                    _refuse_other(session, column, held, staged)
            yield
    except (DeadlineError, SchemaError):
        raise
    except DkError as error:
        if not _is_refusal(error):
            raise
        misfit = _refused(session, held, staged)
        if misfit is None:
            raise
        raise misfit from error


def _is_refusal(error: DkError) -> bool:
    """Whether an error may come from a value: from its form, a domain's rule, an extension."""
    return failures.code_of(error).startswith(("22", "23514", "42601", "XX000"))


def _cast_columns(held: Held, staged: Held) -> list[HeldColumn]:
    """Return the columns whose values change their type on their way, or must be as computed."""
    own = staged.types
    return [
        column
        for column in held.columns
        if column.name in own
        and (own[column.name] != column.type or column.filled == Filled.EXPRESSION)
    ]


def _whole(base: str) -> str | None:
    """Return a type that takes whole what a type may bend; ``None`` if it bends nothing."""
    if base.endswith("[]"):
        item = base.removesuffix("[]")
        whole = None if item == "money" else _whole(item)  # its items are read as text
        return whole and f"{whole}[]"
    name = bare(base)
    return _WHOLE.get("interval" if name.startswith("interval") else name)


def _refuse_bent(session: Session, column: HeldColumn, staged: Held) -> None:
    given, whole = staged.types[column.name], _whole(column.base)
    if whole is None or given == column.type:
        return
    bent = f"{cast('value', given, column.type)}::{whole}"
    found = session.first(
        f"SELECT value::text, place FROM"
        f" (SELECT {quote(column.name)} AS value, row_number() OVER () - 1 AS place"
        f" FROM {staged.sql}) AS new"
        f" WHERE {bent} IS DISTINCT FROM {cast('value', given, whole)} LIMIT 1"
    )
    if found:
        reason = f"the column is {column.type} in the table"
        raise SchemaError.value(column.name, found[0], int(found[1]), reason)


def _refuse_other(session: Session, column: HeldColumn, held: Held, staged: Held) -> None:
    """Refuse values of a column that the table computes otherwise."""
    own, row = staged.types, quote("dk row")
    if any(c.name not in own and c.filled != Filled.EXPRESSION for c in held.columns):
        message = (
            f"column {column.name!r} is computed by the table, from columns that are missing here."
            " Leave it out too."
        )
        raise SchemaError(message)
    values = ", ".join(
        f"{cast(quote(c.name), own[c.name], c.type)} AS {quote(c.name)}"
        for c in held.columns
        if c.name in own
    )
    name = quote(column.name)
    found = session.first(
        f"SELECT {name}::text, {row}, ({column.expression})::{column.type}::text FROM"
        f" (SELECT {values}, row_number() OVER () - 1 AS {row} FROM {staged.sql}) AS new"
        f" WHERE {name} IS DISTINCT FROM ({column.expression})::{column.type} LIMIT 1"
    )
    if found:
        reason = f"the table computes {column.expression}, which is {found[2]}"
        raise SchemaError.value(column.name, found[0], int(found[1]), reason)


def _refused(session: Session, held: Held, staged: Held) -> SchemaError | None:
    """Return the error of the first value that a column does not take, if that is the cause."""
    own = staged.types
    for column in _cast_columns(held, staged):
        shown = cast(quote(column.name), own[column.name], column.type)
        if _trouble(session, staged, shown) is None:
            continue
        pages = session.one("SELECT pg_relation_size(%s) / 8192", (staged.sql,))[0]
        page = _narrowed(session, staged, shown, [f"({n},0)" for n in range(pages + 1)])
        rows = session.run(f"SELECT ctid::text FROM {staged.sql} WHERE {_between(*page)}")
        place = _narrowed(session, staged, shown, [*(row[0] for row in rows), page[1]])
        value, number = session.one(
            f"SELECT {quote(column.name)}::text, (SELECT count(*) FROM {staged.sql}"
            f" WHERE ctid < '{place[0]}') FROM {staged.sql} WHERE ctid = '{place[0]}'"
        )
        trouble = _trouble(session, staged, shown, _between(*place))
        reason = failures.reason(trouble, session.parameters) if trouble else ""
        return SchemaError.value(column.name, value, int(number), reason)
    return None


def _between(first: str, end: str) -> str:
    return f"ctid >= '{first}' AND ctid < '{end}'"


def _narrowed(session: Session, staged: Held, shown: str, places: Sequence[str]) -> tuple[str, str]:
    """Return the two places, one after the other, between which the first trouble is."""
    low, high = 0, len(places) - 1
    while high - low > 1:
        middle = (low + high) // 2
        if _trouble(session, staged, shown, _between(places[low], places[middle])):
            high = middle
        else:
            low = middle
    return places[low], places[high]


def _trouble(
    session: Session, staged: Held, shown: str, condition: str = "true"
) -> BaseException | None:
    """Return what the server says to values of some rows, in the type of a column."""
    try:
        with session.savepoint():
            session.run(f"SELECT count({shown}) FROM {staged.sql} WHERE {condition}")
    except DkError as error:
        if not _is_refusal(error):
            raise
        return error.__cause__
    return None

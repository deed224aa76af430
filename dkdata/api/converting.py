"""Frames in other types."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Unpack

    from dkdata.validation import CoerceResult
    from dkdata.validation.coercion.notation import NotationOptions


def coerce(
    frame: Any,  # noqa: ANN401 - any frame
    schema: Any,  # noqa: ANN401 - a schema or a mapping
    *,
    options: Mapping[Any, NotationOptions] | None = None,
    **notation: Unpack[NotationOptions],
) -> CoerceResult:
    """Convert columns to the types of a schema; what cannot be converted is null and told.

    A value is converted only if the result says the same: ``"12.0"`` is an integer, ``"12.5"``
    is none. Nulls stay null. No value makes this raise.

    Parameters
    ----------
    frame
        Of any kind; the result has the same. It is not changed.
    schema
        A ``dk.Schema``, or a mapping of columns to types: names of field types, Arrow types, or
        types of ``dk.register_coercion``. Columns that it does not name stay as they are; those
        that the frame lacks have the default of their field in every row.
    options
        For some columns, the options below in which they differ from the others.
    **notation
        How text is to be read. ``thousands=","`` and ``decimal="."`` are the marks in numbers;
        ``day_first=True`` reads ``3/4/2024`` as in April, ``format="%d %b %Y"`` dates in that
        form only; ``epoch="s"`` (or ``"ms"``, ``"us"``, ``"ns"``) reads numbers as instants and
        durations; ``delimiter=";"`` parts lists; ``empty_is_null=True`` takes empty and blank
        text for null.

    Raises
    ------
    ColumnNotFoundError
        The frame lacks a column whose field has no default.
    UsageError
        There is no such type or option.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> people = pd.DataFrame({"age": ["36", "old"], "born": ["1988-02-29", "29.2.1989"]})
    >>> made = dk.coerce(people, {"age": "integer", "born": "date"}, day_first=True)
    >>> made
    2 values could not be converted
      age: 1 — 'old' (not a number)
      born: 1 — '29.2.1989' (no such day)
    >>> made.frame["age"].tolist()
    [36, <NA>]
    """
    from dkdata import validation  # noqa: PLC0415

    return validation.coerce(frame, schema, options=options, **notation)

"""Arguments that several functions take, and what they mean."""

from __future__ import annotations

import math
import re
import time
from numbers import Real
from os import PathLike
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypedDict, Union, cast

from dkdata.errors import UsageError
from dkdata.query import Query

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping, Sequence

    from dkdata.catalog import Location
    from dkdata.lazy import Table
    from dkdata.predicate import Column, Predicate

Target: TypeAlias = Union[str, PathLike[str], "Table"]
Where: TypeAlias = "Predicate | Column | str"
Kind = Literal["pandas", "polars", "lazy", "arrow", "duckdb"]
Mode = Literal["error", "append", "replace", "upsert", "skip"]


class _Unsaid(str):
    """A default that can be told from the same text given by the caller."""

    __slots__ = ()


UNSAID_MODE: Final = cast("Mode", _Unsaid("error"))
"""``"error"``, unless the configuration of the store names a mode for saves that name none."""
Parameters: TypeAlias = "Sequence[Any] | Mapping[str, Any] | None"


class Reading(TypedDict, total=False):
    """The arguments of functions that read, beside what and as which kind of frame."""

    columns: Hashable | Sequence[Hashable] | None
    where: Where | None
    order_by: str | Sequence[str] | None
    limit: int | None
    offset: int
    timeout: float | str | None
    format: str | None
    options: Mapping[str, Any] | None
    query: Query | None


class Loading(Reading, total=False):
    """The arguments of ``load``, beside what and as which kind of frame."""

    progress: bool | None


_SECONDS = {"ms": 0.001, "s": 1, "m": 60, "min": 60, "h": 3600}


def located(
    target: Target,
    file_format: str | None = None,
    options: Mapping[str, Any] | None = None,
) -> Location:
    """Return the store and table of a target, which is a whole one."""
    from dkdata import catalog  # noqa: PLC0415 - loads the stores
    from dkdata.lazy import Table  # noqa: PLC0415

    if isinstance(target, Table):
        if file_format or options:
            message = "format= and options= go where the table is made: dk.table(path, format=…)."
            raise UsageError(message)
        if target.steps != (Query(),):
            message = (
                f"a part of table {target.location.label!r} is no target. Give the table itself,"
                " and where= to say which rows."
            )
            raise UsageError(message)
        return target.location
    return catalog.locate(target, format=file_format, options=options)


def in_seconds(timeout: float | str) -> float:
    """Return a duration given in seconds or as text such as ``"30s"``."""
    if isinstance(timeout, Real) and not isinstance(timeout, bool) and timeout >= 0:
        return float(timeout)
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|min|m|h)?\s*", str(timeout))
    if not match:
        message = f"timeout={timeout!r} is not a time. Give seconds, or text such as '30s', '5min'."
        raise UsageError(message)
    return float(match[1]) * _SECONDS[match[2] or "s"]


def deadline_of(timeout: float | str | None) -> float | None:
    """Return the moment, on the monotonic clock, at which a timeout has passed."""
    if timeout is None:
        return None
    seconds = in_seconds(timeout)
    return None if math.isinf(seconds) else time.monotonic() + seconds

"""What became of the columns, and which rows that breaks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.change.breaking import breaks_of, why_of
from dkdata.change.columns import is_taken
from dkdata.change.comparison import Change
from dkdata.validation.schemas.field import NO_DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.change.columns import Column
    from dkdata.change.pairing import Pairs
    from dkdata.change.side import Side

_RENAMED = "rows have to be renamed before the other side reads them"


def column_changes(left: Side, right: Side, pairs: Pairs) -> Iterator[Change]:
    """Yield what became of the columns: those kept, renamed, removed and added."""
    for one, other in pairs.kept:
        yield from _kept(one, other, left, right)
    for one, other in pairs.renamed:
        why = _RENAMED if one.name in pairs.stated else f"a guess; {_RENAMED}"
        yield Change("renamed", str(one.name), str(one.name), str(other.name), "both", why)
        yield from _kept(one, other, left, right)
    for column in pairs.removed:
        backward, forward = _forbidden(right), _missing(column, left)
        yield Change(
            "removed",
            str(column.name),
            before=_told(column),
            breaks=breaks_of(backward, forward),
            why=why_of(backward, forward, "readers leave it out"),
        )
    for column in pairs.added:
        backward, forward = _missing(column, right), _forbidden(left)
        yield Change(
            "added",
            str(column.name),
            after=_told(column),
            breaks=breaks_of(backward, forward),
            why=why_of(backward, forward, _filled(column)),
        )


def _told(column: Column) -> str:
    return f"{column.words}{'' if column.nullable else ', not null'}"


def _forbidden(reader: Side) -> str:
    """Return why rows with a column more do not meet a side."""
    return f"{reader.name!r} forbids other columns" if reader.is_strict else ""


def _missing(column: Column, reader: Side) -> str:
    """Return why rows without a column do not meet a side."""
    if column.default is NO_DEFAULT:
        return f"{reader.name!r} needs the column, and has no default for it"
    if column.default is None and not column.nullable:
        return f"{reader.name!r} would fill it with null, which it forbids"
    return ""


def _filled(column: Column) -> str:
    filling = "null" if column.default is None else repr(column.default)
    return f"where it is missing, it is {filling}"


def _kept(one: Column, other: Column, left: Side, right: Side) -> Iterator[Change]:
    """Yield what has changed of one column."""
    name = str(one.name)
    backward, forward = _type(one, other, right), _type(other, one, left)
    if one.words != other.words or backward or forward:
        why = why_of(backward, forward, "each takes every value of the other")
        if not backward and forward:
            why = f"wider: {why}"
        elif backward and not forward:
            why = f"narrower: {why}"
        yield Change("type", name, one.words, other.words, breaks_of(backward, forward), why)
    if one.nullable is not other.nullable:
        reader = right if one.nullable else left
        words = ("nullable", "not null")
        before, after = words if one.nullable else words[::-1]
        yield Change(
            "nullable", name, before, after,
            "backward" if one.nullable else "forward", f"{reader.name!r} forbids null",
        )  # fmt: skip
    yield from _presence(one, other, left, right)


def _type(given: Column, held: Column, reader: Side) -> str:
    """Return why a column of a side does not take the values of another."""
    if is_taken(given, held):
        return ""
    return f"{held.words} of {reader.name!r} does not take every value of {given.words}"


def _presence(one: Column, other: Column, left: Side, right: Side) -> Iterator[Change]:
    """Yield that rows may, or may not any more, lack a column, or what then stands for it."""
    if one.presence == other.presence:
        return
    backward = f"{right.name!r} needs the column" if one.is_optional > other.is_optional else ""
    forward = f"{left.name!r} needs the column" if other.is_optional > one.is_optional else ""
    yield Change(
        "rule changed",
        str(one.name),
        one.presence,
        other.presence,
        breaks_of(backward, forward),
        why_of(backward, forward, "only what stands for a missing column"),
    )

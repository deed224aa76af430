"""Targets: how a table that is stored in a backend gets the columns of the other side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow as pa

from dkdata.change.columns import is_taken
from dkdata.change.comparison import Target
from dkdata.errors import UsageError, check_choice, shortened
from dkdata.frames.widening import widened
from dkdata.physical import Carrier, physical
from dkdata.types import canonical
from dkdata.validation.schemas.field_types import FIELD_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dkdata.change.columns import Column
    from dkdata.change.pairing import Pairs


@dataclass(frozen=True)
class _Backend:
    """What an append of wider values does to a table.

    Parameters
    ----------
    carrier
        Decides whether two types are one type there; ``None`` where rows are written anew all the
        same.
    """

    verdict: str
    why: str
    carrier: Carrier | None = None


_BACKENDS: Final[Mapping[str, _Backend]] = {
    "duckdb": _Backend("in place", "ALTER TABLE, with the first append", Carrier.DUCKDB),
    "postgres": _Backend(
        "in place",
        "ALTER TABLE, with the first append; others wait for as long as it takes",
        Carrier.POSTGRES,
    ),
    "delta": _Backend("rewrite", "the first append writes all rows anew, in a new version"),
    "parquet": _Backend("rewrite", "every append writes the file anew"),
}
TARGETS: Final = tuple(_BACKENDS)


def checked_targets(given: Any) -> tuple[str, ...]:  # noqa: ANN401 - names
    """Return names of backends, checked."""
    if isinstance(given, str):
        message = f"targets={shortened(given)} is not a list of backends. Give [{given!r}]."
        raise UsageError(message)
    names = tuple(given)
    for name in names:
        check_choice("targets", name, TARGETS)
    return names


def targets_of(pairs: Pairs, names: Iterable[str]) -> Iterator[Target]:
    """Yield what has to be done to a table in each backend."""
    changed = [pair for pair in pairs.kept if not _is_open(*pair)]
    anew = _anew(pairs, changed)
    for name in names:
        backend = _BACKENDS[name]
        if anew:
            yield Target(name, "replace", f"{anew}: write it with mode='replace'")
        elif all(_is_kept(one, other, backend.carrier) for one, other in changed):
            yield Target(name, "as it is", "its columns can stay")
        else:
            yield Target(name, backend.verdict, backend.why)


def _is_open(one: Column, other: Column) -> bool:
    """Whether the type of a column is a name which leaves it as it is."""
    return isinstance(other.type, str) and is_taken(one, other)


def _anew(pairs: Pairs, changed: Iterable[tuple[Column, Column]]) -> str:
    """Return why no append makes a table that of the right side, nothing if one does."""
    if pairs.removed or pairs.added or pairs.renamed:
        return "an append adds, drops and renames no column"
    for one, other in changed:
        if not _is_widened(one, other):
            return f"no append makes {one.words} of {str(one.name)!r} {other.words}"
    return ""


def _arrow(column: Column) -> pa.DataType | None:
    """Return the type in which a column is stored, ``None`` if its values decide."""
    of = FIELD_TYPES[column.type].arrow if isinstance(column.type, str) else column.type
    return None if of is None else canonical(of)


def _is_widened(one: Column, other: Column) -> bool:
    """Whether an append of values of one column gives another its type."""
    before, after = _arrow(one), _arrow(other)
    if before is None or after is None:
        return False
    field, _, problem = widened(
        pa.field("", before), pa.field("", after), one.descriptor, other.descriptor
    )
    return problem is None and field.type == after


def _is_kept(one: Column, other: Column, carrier: Carrier | None) -> bool:
    """Whether a column is stored as the other, in a backend that looks at nothing else."""
    before, after = _arrow(one), _arrow(other)
    if before is None or after is None:
        return False
    if carrier is None:
        return before == after
    return physical(before, carrier) == physical(after, carrier)

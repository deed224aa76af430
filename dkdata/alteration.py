"""What changes the columns of a table, with its rows or without them: plain values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    import pyarrow as pa

    from dkdata.types import Rows


@dataclass(frozen=True)
class DropColumn:
    """A column goes."""

    name: str


@dataclass(frozen=True)
class RenameColumns:
    """Columns get other names, all at once."""

    names: Mapping[str, str]

    def one_by_one(self) -> Iterator[tuple[str, str]]:
        """Yield renames of single columns that come to the same, whoever swaps names with whom.

        Examples
        --------
        >>> list(RenameColumns({"a": "b", "b": "c"}).one_by_one())
        [('a', '__dk_a'), ('b', 'c'), ('__dk_a', 'b')]
        """
        waiting = []
        for old, new in self.names.items():
            if new in self.names:
                yield old, f"__dk_{old}"
                waiting.append((f"__dk_{old}", new))
            else:
                yield old, new
        yield from waiting


@dataclass(frozen=True)
class AddColumn:
    """A column comes, as the last one.

    Parameters
    ----------
    value
        What stands in every row, as text that its type reads; ``None`` is null.
    """

    field: pa.Field
    value: str | None


AlterationStep: TypeAlias = DropColumn | RenameColumns | AddColumn


@dataclass(frozen=True)
class Alteration:
    """Steps in their order, and the schema that the table has then, with its descriptor."""

    steps: tuple[AlterationStep, ...]
    schema: pa.Schema


@dataclass(frozen=True)
class Remade:
    """Rows in the place of all that a table has.

    Parameters
    ----------
    names
        What columns of the table are called in them, by their names before; others have gone.
    before_commit
        Called when they are written and nobody sees them yet; what it raises undoes that.
    """

    rows: Rows
    names: Mapping[str, str]
    before_commit: Callable[[], None] = lambda: None

    def renamed(self, names: Iterable[str]) -> tuple[str, ...]:
        """Return what columns are called now, without those that have gone.

        Examples
        --------
        >>> import pyarrow as pa
        >>> Remade(pa.table({"b": [1]}), {"a": "b"}).renamed(["a", "x"])
        ('b',)
        """
        return tuple(self.names[name] for name in names if name in self.names)

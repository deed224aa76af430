"""A store whose tables DuckDB cannot read where they are, and which remembers its queries."""

from __future__ import annotations

from typing import ClassVar

from dkdata.stores.memory import MemoryStore


class FarStore(MemoryStore):
    """The tables of the memory, which answer queries and nothing else."""

    source = None  # type: ignore[assignment]
    asked: ClassVar[list[tuple[str, object]]] = []

    def _read(self, table, query):
        self.asked.append((table, query))
        return super()._read(table, query)

    @property
    def identity(self):
        """Another than that of the memory."""
        return "far"

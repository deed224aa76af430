"""The tiers that answer expectations, from the cheapest to the slowest."""

from __future__ import annotations

from typing import Final

METADATA: Final = "metadata"
"""Names, dtypes and the number of rows."""

KERNELS: Final = "kernels"
"""Vectorised operations on the columns of a frame."""

SERVER: Final = "server"
"""The server that keeps the table: what travels is its answers."""

SQL: Final = "sql"
"""Queries of DuckDB."""

GX: Final = "gx"
"""Great Expectations itself."""


class NotCompiledError(Exception):
    """An expectation, with these parameters on this data, is for the next tier to answer."""

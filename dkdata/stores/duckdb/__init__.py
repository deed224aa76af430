"""Tables of DuckDB files, of the embedded workspace or any other."""

from dkdata.stores.duckdb.store import DuckDBStore

__all__ = ["DuckDBStore"]

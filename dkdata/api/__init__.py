"""The functions that users call; accessors forward to them."""

from dkdata.api.looking import history, optimize, tables, validate
from dkdata.api.reading import count, exists, load, query, scan, sql, table
from dkdata.api.writing import copy, delete, drop, save

__all__ = [
    "copy", "count", "delete", "drop", "exists", "history", "load", "optimize", "query", "save",
    "scan", "sql", "table", "tables", "validate",
]  # fmt: skip

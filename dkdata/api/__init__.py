"""The functions that users call; accessors forward to them."""

from dkdata.api.converting import coerce
from dkdata.api.looking import history, optimize, suggest, tables, validate
from dkdata.api.reading import count, exists, load, query, scan, sql, table
from dkdata.api.writing import copy, delete, drop, rename, save, update

__all__ = [
    "coerce",
    "copy",
    "count",
    "delete",
    "drop",
    "exists",
    "history",
    "load",
    "optimize",
    "query",
    "rename",
    "save",
    "scan",
    "sql",
    "suggest",
    "table",
    "tables",
    "update",
    "validate",
]  # fmt: skip

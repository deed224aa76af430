"""The functions that users call; accessors forward to them."""

from dkdata.api import configured
from dkdata.api.changing import diff
from dkdata.api.connecting import backends, config, configure, connect, register_backend
from dkdata.api.converting import coerce
from dkdata.api.costing import estimate_cost
from dkdata.api.looking import doctor, history, optimize, suggest, suites, tables, validate
from dkdata.api.moving import migrate
from dkdata.api.reading import count, exists, load, query, scan, sql, table
from dkdata.api.recording import records
from dkdata.api.seeing import explore, profile
from dkdata.api.writing import copy, delete, drop, rename, save, update

__all__ = [
    "backends",
    "coerce",
    "config",
    "configure",
    "connect",
    "copy",
    "count",
    "delete",
    "diff",
    "doctor",
    "drop",
    "estimate_cost",
    "exists",
    "explore",
    "history",
    "load",
    "migrate",
    "optimize",
    "profile",
    "query",
    "records",
    "register_backend",
    "rename",
    "save",
    "scan",
    "sql",
    "suggest",
    "suites",
    "table",
    "tables",
    "update",
    "validate",
]  # fmt: skip

configured.register()

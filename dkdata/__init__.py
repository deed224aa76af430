"""Save a DataFrame anywhere, find it again exactly, query it, and know what is wrong with it.

Examples
--------
>>> import dkdata as dk
>>> import pandas as pd
>>> people = pd.DataFrame({"name": ["Ada", "Bob"], "age": [36, None]})
>>> people.dk.save("memory.greeted", mode="replace").rows
2
>>> dk.load("memory.greeted", where=dk.col("age") > 18)["name"].tolist()
['Ada']
"""

from importlib import import_module
from typing import TYPE_CHECKING

from dkdata import accessors, errors
from dkdata.api import (
    backends,
    coerce,
    config,
    configure,
    connect,
    copy,
    count,
    delete,
    diff,
    doctor,
    drop,
    estimate_cost,
    exists,
    explore,
    history,
    load,
    migrate,
    optimize,
    profile,
    query,
    records,
    register_backend,
    rename,
    save,
    scan,
    sql,
    suggest,
    suites,
    table,
    tables,
    update,
    validate,
)
from dkdata.configuration import Config
from dkdata.costs import CostEstimate
from dkdata.frames.custom import register_type
from dkdata.migration import MigrationReport
from dkdata.predicate import col
from dkdata.query import Query, SaveResult, Write
from dkdata.record.batch import BatchResult
from dkdata.record.converting import from_records, to_records
from dkdata.record.record import Record
from dkdata.validation import (
    CoerceResult,
    Custom,
    Enum,
    Expectation,
    Field,
    Length,
    MaxLength,
    MaxValue,
    MinLength,
    MinValue,
    Pattern,
    Range,
    Required,
    Result,
    Schema,
    Suite,
    Unique,
    expect,
    expect_columns,
    expect_pair,
    expect_table,
    expectations,
    register_coercion,
)

if TYPE_CHECKING:
    from dkdata import aio
    from dkdata.change.evolving import Evolution
    from dkdata.change.transforms import Transform
    from dkdata.widgets import SchemaExplorer

__version__ = "0.1.0"
__all__ = [
    "BatchResult", "CoerceResult", "Config", "CostEstimate", "Custom", "Enum", "Evolution",
    "Expectation", "Field", "Length", "MaxLength", "MaxValue", "MigrationReport", "MinLength",
    "MinValue", "Pattern", "Query", "Range", "Record", "Required", "Result", "SaveResult", "Schema",
    "SchemaExplorer", "Suite", "Transform", "Unique", "Write", "aio", "backends", "coerce", "col",
    "config", "configure", "connect", "copy", "count", "delete", "diff", "doctor", "drop", "errors",
    "estimate_cost", "exists", "expect", "expect_columns", "expect_pair", "expect_table",
    "expectations", "explore", "from_records", "history", "load", "migrate", "optimize", "profile",
    "query", "records", "register_backend", "register_coercion", "register_type", "rename", "save",
    "scan", "sql", "suggest", "suites", "table", "tables", "to_records", "update", "validate",
]  # fmt: skip


_ON_USE = {
    "Evolution": "dkdata.change.evolving",
    "SchemaExplorer": "dkdata.widgets",
    "Transform": "dkdata.change.transforms",
}


def __getattr__(name: str) -> object:
    """Import on use what loads modules that scripts may not need."""
    if name == "aio":
        return import_module("dkdata.aio")
    if name in _ON_USE:
        return getattr(import_module(_ON_USE[name]), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    """Return what is for users: completion shows it."""
    return [*__all__, "__version__"]


accessors.register()

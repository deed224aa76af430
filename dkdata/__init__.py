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

from dkdata import accessors, errors
from dkdata.api import (
    copy,
    count,
    delete,
    drop,
    exists,
    history,
    load,
    optimize,
    query,
    save,
    scan,
    sql,
    table,
    tables,
)
from dkdata.frames.custom import register_type
from dkdata.predicate import col
from dkdata.query import Query, SaveResult, Write

__version__ = "0.1.0"
__all__ = [
    "Query", "SaveResult", "Write", "col", "copy", "count", "delete", "drop", "errors", "exists",
    "history", "load", "optimize", "query", "register_type",
    "save", "scan", "sql", "table", "tables",
]  # fmt: skip

accessors.register()

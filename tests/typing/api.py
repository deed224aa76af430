"""What type checkers see of the public functions; mypy reads this file, nothing runs it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, assert_type

import pandas as pd
import polars as pl
import pyarrow as pa

import dkdata as dk
from dkdata.lazy import Table
from dkdata.predicate import Predicate
from dkdata.store import Store
from dkdata.validation import Result, SavedSuite, Suite, expect, validate

people = pd.DataFrame({"name": ["Ada"], "age": [36]})
older = dk.col("age") >= 18

assert_type(older, Predicate)
assert_type(~older & dk.col("name").is_in(["Ada"]), Predicate)

# Saving: any frame, any target, and only the modes that there are.
assert_type(dk.save(people, "people", mode="upsert", key=["name"]), dk.SaveResult)
assert_type(dk.save(pl.from_pandas(people).lazy(), Path("people.csv")).inserted, int)
assert_type(dk.copy("people", "people.parquet", where=older), dk.SaveResult)
gated = dk.save(people, "people", suite=[dk.expect("age").not_null()], on_invalid="quarantine")
assert_type(gated, dk.SaveResult)
assert_type(dk.copy("people", "adults", suite="people.json", on_invalid="warn").rows, int)
dk.save(people, "people", suite="people.json", on_invalid="ignore")  # type: ignore[arg-type]
dk.save(people, "people", mode="overwrite")  # type: ignore[arg-type]
dk.save(people, "people", "replace")  # type: ignore[call-arg]
dk.save(people, 7)  # type: ignore[arg-type]

# Loading: any frame, as the caller knows from ``as_``, and only the kinds that there are.
assert_type(dk.load("people", where="age > 18"), pd.DataFrame)
assert_type(dk.load("people", as_="polars", columns=["name"]), pl.DataFrame)
assert_type(dk.load("people", as_="lazy"), pl.LazyFrame)
assert_type(dk.load("people", as_="arrow", limit=3), pa.Table)
assert_type(dk.sql("select * from p where age > ?", [18], p=people), pd.DataFrame)
assert_type(dk.sql("select 1", as_="polars"), pl.DataFrame)
dk.load("people", as_="numpy")  # type: ignore[call-overload]
dk.load("people", wher="age > 18")  # type: ignore[call-overload]

assert_type(dk.scan("people", batch_rows=10, where=older), Iterator[pa.RecordBatch])
assert_type(dk.scan("people", as_="pandas"), Iterator[Any])

# Tables: every step is one again, until data is asked for.
table = dk.table("people").filter(older).select("name").sort("-name").limit(3)
assert_type(table, Table)
assert_type(table.to_pandas(), pd.DataFrame)
assert_type(table.to_polars(), pl.DataFrame)
assert_type(table.count(), int)
assert_type(table.aggregate(by="name", oldest=("age", "max"), rows="size").head(), pd.DataFrame)

assert_type(dk.count("people", older), int)
assert_type(dk.delete(table, "age < 18"), int)
assert_type(dk.update(table, {"age": 18}, older), int)
dk.rename("people", "staff")
assert_type(dk.exists("people"), bool)
assert_type(dk.tables(), pd.DataFrame)
assert_type(dk.history("people/"), pd.DataFrame)
dk.drop("people", missing_ok=True)

# Stores: by URL or options, by name, and what backends there are.
with dk.connect("duckdb:///shop.duckdb", name="shop") as shop:
    assert_type(shop.tables(), list[str])
config = dk.configure({"stores": {"out": {"backend": "file", "path": "out"}}})
assert_type(config, dk.Config)
assert_type(dk.config().store("out"), Store)
assert_type(dk.backends(), pd.DataFrame)
dk.register_backend("shop", "dk_shop:ShopStore", schemes=("shop",))
dk.connect(7)  # type: ignore[arg-type]
dk.register_backend("shop")  # type: ignore[call-arg]

# Costs: of a frame or a table, with the arguments that there are.
cost = dk.estimate_cost(people, "s3://bucket/people", loads=10, transfer="region")
assert_type(cost, dk.CostEstimate)
assert_type(cost.total, float | None)
assert_type(dk.estimate_cost(table, "people").frame, pd.DataFrame)
dk.estimate_cost(people, "people", transfer="nowhere")  # type: ignore[arg-type]
dk.estimate_cost(people, "people", reads=3)  # type: ignore[call-arg]

# Validation: rules chain, suites add up.
rules = expect("age").between(0, 120, mostly=0.9).not_null()
assert_type(rules + expect("name").unique(), Suite)
assert_type(validate(people, rules), Result)
assert_type(validate(people, [rules, "people.json"]).success, bool)
assert_type(rules.save("ages"), SavedSuite)
assert_type(dk.Suite("people", rules).save().version, int)
assert_type(dk.suites(), pd.DataFrame)
rules.save(7)  # type: ignore[arg-type]
assert_type(dk.suggest("people", references=["teams"], min_confidence=0.9), Suite)
dk.suggest(people, refs=True)  # type: ignore[call-arg]
expect("age").betwen(0, 120)  # type: ignore[attr-defined]

# Schemas: fields, and constraints that combine.
age = dk.Field("age", "integer", constraints=dk.Range(0, 120) | ~dk.Enum([1]))
assert_type(dk.Schema("people", [age], strict=True).to_suite(), Suite)
assert_type(dk.Schema.infer(people).validate(people), Result)
assert_type(dk.Schema.from_json_schema("people.json"), dk.Schema)
assert_type(dk.Schema("people", [age]).to_json_schema(), dict[str, Any])
assert_type(dk.Suite("people").to_dict(version="0.18"), dict[str, Any])
dk.Schema("people", [age], stict=True)  # type: ignore[call-arg]

# Coercion: the options that there are, for all columns and for single ones.
coerced = dk.coerce(people, {"age": "integer"}, thousands=",", options={"age": {"decimal": "."}})
assert_type(coerced, dk.CoerceResult)
assert_type(coerced.failures, pd.DataFrame)
dk.coerce(people, {"age": "integer"}, thousand=",")  # type: ignore[call-arg]

# Stubs of pandas and polars know no accessors: in typed code, call the functions.
# ``people.dk`` itself is fine at run time.
assert_type(dk.load("people", progress=False), pd.DataFrame)
assert_type(dk.validate("people", rules, progress=False), Result)

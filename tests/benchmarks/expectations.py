"""A suite of 15 expectations on a million orders, and each kind of rule against its best kernel."""

from __future__ import annotations

import importlib
import logging
import subprocess
import sys
import warnings
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

import dkdata as dk
from tests.benchmarks.ratio import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

COUNTRIES = ["US", "DE", "FR", "CN", "IN", "BR", "GB", "ES"]
MAIL = r"^[a-z0-9._]+@[a-z0-9-]+\.[a-z]{2,}$"
START, END = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-12-31")
_SHARES = (0.1, 0.5, 0.9)
_SMALL = 20_000  # rows of what Great Expectations takes minutes for on a million


def orders(rows: int, seed: int = 42) -> pd.DataFrame:
    """Return orders of which one in a thousand or so breaks each rule of ``suite()``."""
    rng = np.random.default_rng(seed)
    number = rng.permutation(rows)
    mail = pd.Series([f"user{n:07}@example{n % 97}.com" for n in number], dtype="str")
    mail[rng.random(rows) < 0.001] = "bad mail"
    mail[rng.random(rows) < 0.005] = None
    country = pd.Series(rng.choice(COUNTRIES, rows), dtype="str")
    country[rng.random(rows) < 0.0005] = "XX"
    country[rng.random(rows) < 0.002] = None
    amount = np.round(rng.lognormal(4, 1, rows), 2)
    amount[rng.random(rows) < 0.01] = np.nan
    amount[rng.random(rows) < 0.0007] = -5.0
    begun = START + pd.to_timedelta(rng.integers(0, 365 * 86_400, rows), unit="s")
    code = pd.Series([f"C{n:07}" for n in rng.integers(0, 10**7, rows)], dtype="str")
    code[rng.random(rows) < 0.0002] = "SHORT"
    frame = pd.DataFrame({
        "id": np.arange(rows), "user": rng.integers(0, max(rows // 5, 1), rows), "mail": mail,
        "country": country, "status": pd.Series(rng.choice(["new", "open", "closed"], rows)),
        "amount": amount, "quantity": rng.integers(0, 100, rows), "begun": begun,
        "ended": begun + pd.to_timedelta(rng.integers(-60, 100_000, rows), unit="s"), "code": code,
    })  # fmt: skip
    frame.loc[[5, 100], "id"] = 6
    frame.loc[77, ["user", "begun"]] = frame.loc[78, ["user", "begun"]].tolist()
    return frame.astype({"begun": "datetime64[us]", "ended": "datetime64[us]", "user": "int64"})


def suite() -> dk.Suite:
    """Return 15 expectations of most kinds."""
    names = [
        "id",
        "user",
        "mail",
        "country",
        "status",
        "amount",
        "quantity",
        "begun",
        "ended",
        "code",
    ]
    return dk.Suite("orders", [
        dk.expect("mail").not_null(mostly=0.99).matches(MAIL), dk.expect("id").unique(),
        dk.expect("amount").between(0, 10_000, mostly=0.999),
        dk.expect("country").in_set(COUNTRIES),
        dk.expect("code").length(8), dk.expect("quantity").of_type("int64"),
        dk.expect_table().columns_are(names).row_count_between(1_000, 10_000_000),
        dk.expect_columns(["user", "begun"]).unique_together(),
        dk.expect_pair("ended", "begun").greater_than(or_equal=True),
        dk.expect("amount").mean(50, 150).quantiles({0.1: (1, 100), 0.5: (20, 100), 0.9: (100,
        1000)}),
        dk.expect("begun").between(START.to_pydatetime(), END.to_pydatetime()),
        dk.expect("status").unique_count(1, 10),
    ])  # fmt: skip


@cache
def _gx() -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        context = importlib.import_module("great_expectations").get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        asset = context.data_sources.add_pandas("p").add_dataframe_asset("a")
        return asset.add_batch_definition_whole_dataframe("b")


def _by_gx(frame: pd.DataFrame, genuine: Any) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _gx().get_batch({"dataframe": frame}).validate(genuine, result_format="SUMMARY")


def jobs(folder: Path, rows: int) -> Iterator[Job]:
    """Yield the rows of the table; those against Great Expectations take a minute."""
    frame = orders(rows)
    yield from _suites(folder, frame)
    yield from _kernels(frame)
    yield from _low_cardinality()
    yield Job("invalid() of 1 % of rows", "reading the frame's index", np.inf,
              _validated(frame).invalid, frame.index.to_numpy, seconds=0.3)  # fmt: skip
    yield _cold()


def _validated(frame: pd.DataFrame) -> dk.Result:
    few = dk.expect("quantity").between(1, 99)
    return dk.validate(frame, [*suite(), *few])


def _suites(folder: Path, frame: pd.DataFrame) -> Iterator[Job]:
    asked = suite()
    nanoseconds = frame.astype({"begun": "datetime64[ns]", "ended": "datetime64[ns]"})
    for name, given, ceiling in (("us", frame, 1 / 15), ("ns", nanoseconds, 1 / 7)):
        genuine = asked.to_gx()
        yield Job(f"validate 15 rules, {name}", "Great Expectations", ceiling,
                  partial(dk.validate, given, asked), partial(_by_gx, given, genuine),
                  by_cpu=True)  # fmt: skip
    path = folder / "orders.parquet"
    frame.to_parquet(path, index=False)
    yield Job("validate 15 rules, Parquet", "DuckDB by hand", 1.5,
              partial(dk.validate, path, asked), partial(_by_hand, f"'{path}'"),
              by_cpu=True)  # fmt: skip
    target, file = f"duckdb:///{folder}/orders.duckdb#orders", folder / "by_hand.duckdb"
    frame.dk.save(target)
    with duckdb.connect(file) as connection:
        connection.execute(f"create table orders as from '{path}'")
    yield Job("validate 15 rules, DuckDB", "DuckDB by hand", 1.5,
              partial(dk.validate, target, asked), partial(_by_hand, "orders", file),
              by_cpu=True)  # fmt: skip


def _by_hand(table: str, file: Path | None = None) -> object:
    connection = duckdb.connect(file or ":memory:", read_only=file is not None)
    connection.execute(f"create temporary view t as select * from {table}")
    sets = ", ".join(f"'{name}'" for name in COUNTRIES)
    found = connection.execute(
        f"""select count(*), count(mail), count_if(not regexp_matches(mail, '{MAIL}')),
        count(amount),
        count_if(not amount between 0 and 10000), count_if(country not in ({sets})),
        count_if(length(code) <> 8), count_if(not coalesce(ended >= begun, false)),
        count_if(not begun between timestamp '2024-01-01' and timestamp '2024-12-31'),
        favg(amount), quantile_disc(amount, [0.1, 0.5, 0.9]), count(distinct status) from t"""
    ).fetchall()
    for key in ("id", "user, begun"):
        found += connection.execute(
            f"""select coalesce(sum(n), 0)
            from (select count(*) n from t group by {key} having n > 1)"""
        ).fetchall()
    return found


def _numpy(array: Any) -> Any:
    return array.to_numpy(zero_copy_only=False)


def _told(broken: Any) -> tuple[int, Any]:
    """Return what a result tells at least: how many rows, and the first of them."""
    positions = np.flatnonzero(broken)
    return len(positions), positions[:20]


def _kernels(frame: pd.DataFrame) -> Iterator[Job]:
    """Yield each kind of rule against the fastest way to count what breaks it."""
    arrow = {name: frame[name].array.__arrow_array__() for name in ("mail", "country", "code")}
    mail, amount = pl.Series(arrow["mail"]), frame["amount"].to_numpy()
    known = pa.array(COUNTRIES, arrow["country"].type)
    begun, ended = (frame[name].to_numpy().view("int64") for name in ("begun", "ended"))
    user, numbers = frame["user"].to_numpy(), frame["id"].to_numpy()

    def packed() -> object:
        key = (user - user.min()) * (begun.max() - begun.min() + 1) + (begun - begun.min())
        ordered = np.sort(key)
        return (ordered[1:] == ordered[:-1]).sum()

    def partitioned() -> object:
        there = amount[~np.isnan(amount)]
        return np.partition(there, [int((len(there) - 1) * share) for share in _SHARES])

    best: dict[str, tuple[Any, Callable[[], object]]] = {
        "matches": (
            dk.expect("mail").matches(MAIL),
            lambda: _told(~mail.str.contains(MAIL).fill_null(value=False).to_numpy()),
        ),
        "in_set": (
            dk.expect("country").in_set(COUNTRIES),
            lambda: _told(~_numpy(pc.is_in(arrow["country"], value_set=known))),
        ),
        "length": (
            dk.expect("code").length(8),
            lambda: _told(_numpy(pc.utf8_length(arrow["code"])) != len("C0000000")),
        ),
        "unique": (
            dk.expect("id").unique(),
            lambda: _told(np.bincount(numbers)[numbers] > 1),
        ),
        "unique_together": (dk.expect_columns(["user", "begun"]).unique_together(), packed),
        "greater_than": (
            dk.expect_pair("ended", "begun").greater_than(),
            lambda: _told(ended <= begun),
        ),
        "between": (
            dk.expect("amount").between(0, 10_000),
            lambda: (_told((amount < 0) | (amount > 10_000)), np.isnan(amount).sum()),
        ),
        "mean": (dk.expect("amount").mean(0, 100), lambda: np.nanmean(amount)),
        "quantiles": (dk.expect("amount").quantiles(dict.fromkeys(_SHARES, (0, 1))), partitioned),
        "unique_count": (dk.expect("status").unique_count(1, 10), frame["status"].nunique),
    }
    for name, (rule, theirs) in best.items():
        # A result costs a millisecond to write, as much as the quickest kernels take.
        is_quick = name in ("unique", "greater_than", "between", "mean")
        ceiling, seconds = (np.inf, 0.01) if is_quick else (1.6, None)
        ours = partial(dk.validate, frame, rule)
        yield Job(
            f"rule {name}", "the best kernel", ceiling, ours, theirs, seconds=seconds, by_cpu=True
        )


def _low_cardinality() -> Iterator[Job]:
    """Yield the rules that are asked once for each different value."""
    rng = np.random.default_rng(1)
    documents = [f'{{"a": {n}}}' for n in range(50)] + ['{"b": 1}', "[]"]
    frame = pd.DataFrame({
        "document": rng.choice(documents, _SMALL), "time": rng.choice(["2024-01-01", "x",
        "1 May"], _SMALL),
        "left": rng.integers(0, 9, _SMALL), "right": rng.integers(0, 9, _SMALL),
    })  # fmt: skip
    schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}}
    pairs = [(left, right) for left in range(9) for right in range(8)]
    for name, rule in {
        "json_schema": dk.expect("document").json_schema(schema),
        "dateutil_parseable": dk.expect("time").dateutil_parseable(),
        "in_set of pairs": dk.expect_pair("left", "right").in_set(pairs),
    }.items():
        yield Job(f"rule {name}", "Great Expectations", 1 / 50, partial(dk.validate, frame, rule),
                  partial(_by_gx, frame, rule.to_gx()), by_cpu=True)  # fmt: skip


_COLD = """
import pandas as pd
frame = pd.DataFrame({"a": range(1000), "b": ["x", "y"] * 500})
"""
_OURS = (
    _COLD
    + """
import dkdata as dk
rules = [dk.expect("a").unique().between(0, 999), dk.expect("b").in_set(["x", "y"])]
assert dk.validate(frame, rules)
"""
)
_THEIRS = (
    _COLD
    + """
import great_expectations as gx
from great_expectations import expectations as e
suite = gx.ExpectationSuite("s", expectations=[
    e.ExpectColumnValuesToBeUnique(column="a"),
    e.ExpectColumnValuesToBeBetween(column="a", min_value=0, max_value=999),
    e.ExpectColumnValuesToBeInSet(column="b", value_set=["x", "y"]),
])
asset = gx.get_context(mode="ephemeral").data_sources.add_pandas("p").add_dataframe_asset("a")
batch = asset.add_batch_definition_whole_dataframe("b").get_batch({"dataframe": frame})
assert batch.validate(suite).success
"""
)


def _cold() -> Job:
    """Return a process that imports and validates a thousand rows."""

    def run(program: str) -> None:
        subprocess.run(
            [sys.executable, "-W", "ignore", "-c", program], check=True, capture_output=True
        )

    return Job("import and 1,000 rows", "Great Expectations", 1 / 10, partial(run, _OURS),
               partial(run, _THEIRS))  # fmt: skip

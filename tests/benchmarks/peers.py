"""The 15 expectations on a million orders against other validators, each in its own best words.

They answer less: which rows fail, and not how many of which values, in the form of Great
Expectations. Quantiles, means and counts of all rows are functions there.
"""

from __future__ import annotations

import datetime as dt
from functools import partial
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, cast

import dataframely as dy
import pandera.errors
import pandera.pandas
import pandera.polars
import patito
import polars as pl

import dkdata as dk
from tests.benchmarks.expectations import COUNTRIES, END, MAIL, START, orders, suite
from tests.benchmarks.ratio import Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

_QUANTILES = {0.1: (1, 100), 0.5: (20, 100), 0.9: (100, 1000)}


def jobs(rows: int) -> Iterator[Job]:
    """Yield a row for each validator."""
    frame = orders(rows)
    theirs = pl.from_pandas(frame)
    asked = suite()
    peers: list[tuple[str, float, Any, Callable[[], object]]] = [
        ("pandera", 1 / 2, frame, _pandera(_of_pandas(), frame)),
        ("pandera on polars", 1, theirs, _pandera(_of_polars(), theirs)),
        ("dataframely", 1, theirs, partial(_by_dataframely, theirs)),
        ("patito", 1, theirs, partial(_by_patito, theirs)),
    ]
    for name, ceiling, given, run in peers:
        against = f"{name} {version(name.partition(' ')[0])}"
        kind = "polars" if given is theirs else "pandas"
        yield Job(f"validate 15 rules, {kind}, peer", against, ceiling,
                  partial(dk.validate, given, asked), run, by_cpu=True)  # fmt: skip


def _pandera(schema: Any, frame: object) -> Callable[[], object]:
    def run() -> object:
        try:
            return schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as error:
            return error.failure_cases

    return run


def _of_pandas() -> Any:
    made, check, column = pandera.pandas, pandera.pandas.Check, pandera.pandas.Column

    def mostly(check: Callable[[pd.Series[Any]], pd.Series[bool]], share: float) -> Any:
        return made.Check(lambda values: check(values).mean() >= share)

    return made.DataFrameSchema(
        {
            "id": column("int64", unique=True),
            "user": column("int64"),
            "mail": column("str", [check.str_matches(MAIL), mostly(lambda s: s.notna(), 0.99)],
                           nullable=True),
            "country": column("str", check.isin(COUNTRIES), nullable=True),
            "status": column("str", check(lambda values: 1 <= values.nunique() <= 10)),
            "amount": column("float64", [
                mostly(lambda s: s.between(0, 10_000), 0.999),
                check(lambda values: 50 <= values.mean() <= 150),
                check(lambda values: all(low <= values.quantile(share) <= high
                                         for share, (low, high) in _QUANTILES.items())),
            ], nullable=True),
            "quantity": column("int64"),
            "begun": column("datetime64[us]", check.in_range(START, END)),
            "ended": column("datetime64[us]"),
            "code": column("str", check.str_length(8, 8)),
        },
        checks=[
            check(lambda frame: frame["ended"] >= frame["begun"]),
            check(lambda frame: 1_000 <= len(frame) <= 10_000_000),
        ],
        unique=["user", "begun"], strict=True, ordered=True,
    )  # fmt: skip


def _of_polars() -> Any:
    made, check, column = pandera.polars, pandera.polars.Check, pandera.polars.Column

    def of_column(told: Callable[[pl.Expr], pl.Expr]) -> Any:
        return check(lambda data: data.lazyframe.select(told(pl.col(data.key))))

    return made.DataFrameSchema(
        {
            "id": column(pl.Int64, unique=True),
            "user": column(pl.Int64),
            "mail": column(pl.String, [
                check.str_matches(MAIL), of_column(lambda c: c.is_not_null().mean() >= 0.99),
            ], nullable=True),
            "country": column(pl.String, check.isin(COUNTRIES), nullable=True),
            "status": column(pl.String, of_column(lambda c: c.n_unique().is_between(1, 10))),
            "amount": column(pl.Float64, [
                of_column(lambda c: c.is_between(0, 10_000).mean() >= 0.999),
                of_column(lambda c: c.mean().is_between(50, 150)), of_column(_quantiles),
            ], nullable=True),
            "quantity": column(pl.Int64),
            "begun": column(pl.Datetime("us"), check.in_range(START, END)),
            "ended": column(pl.Datetime("us")),
            "code": column(pl.String, of_column(lambda c: c.str.len_chars() == 8)),
        },
        checks=[
            check(lambda data: data.lazyframe.select(pl.col("ended") >= pl.col("begun"))),
            check(lambda data: data.lazyframe.select(pl.len().is_between(1_000, 10_000_000))),
        ],
        unique=["user", "begun"], strict=True, ordered=True,
    )  # fmt: skip


def _quantiles(column: pl.Expr) -> pl.Expr:
    return pl.all_horizontal(
        column.quantile(share).is_between(*ends) for share, ends in _QUANTILES.items()
    )


class Orders(dy.Schema):
    """The rules as dataframely has them."""

    id = dy.Int64(unique=True)
    user = dy.Int64()
    mail = dy.String(nullable=True, regex=MAIL)
    country = dy.String(nullable=True, check=lambda column: column.is_in(COUNTRIES))
    status = dy.String()
    amount = dy.Float64(nullable=True)
    quantity = dy.Int64()
    begun = dy.Datetime(min=START, max=END)
    ended = dy.Datetime()
    code = dy.String(min_length=8, max_length=8)

    @dy.rule()
    def shares(cls) -> pl.Expr:  # noqa: N805 - a method of the class
        """Return what ``mostly`` says."""
        inside = pl.col("amount").is_between(0, 10_000).mean() >= 0.999
        return inside & (pl.col("mail").is_not_null().mean() >= 0.99)

    @dy.rule()
    def aggregates(cls) -> pl.Expr:  # noqa: N805
        """Return what is asked of whole columns."""
        mean = pl.col("amount").mean().is_between(50, 150)
        return mean & _quantiles(pl.col("amount")) & pl.col("status").n_unique().is_between(1, 10)

    @dy.rule()
    def size(cls) -> pl.Expr:  # noqa: N805
        """Return what is asked of the table."""
        return pl.len().is_between(1_000, 10_000_000)

    @dy.rule()
    def ordered(cls) -> pl.Expr:  # noqa: N805
        """Return which rows end after they began."""
        return pl.col("ended") >= pl.col("begun")

    @dy.rule()
    def unique_together(cls) -> pl.Expr:  # noqa: N805
        """Return which rows are the only ones of their user and time."""
        return pl.len().over("user", "begun") == 1


class _Order(patito.Model):
    """The rules as patito has them."""

    id: int = patito.Field(unique=True)
    user: int
    mail: str | None = patito.Field(
        pattern=MAIL, constraints=patito.field.is_not_null().mean() >= 0.99
    )
    country: str | None = patito.Field(constraints=patito.field.is_in(COUNTRIES))
    status: str = patito.Field(constraints=patito.field.n_unique().is_between(1, 10))
    amount: float | None = patito.Field(constraints=[
        patito.field.is_between(0, 10_000).mean() >= 0.999,
        patito.field.mean().is_between(50, 150), _quantiles(patito.field),
    ])  # fmt: skip
    quantity: int = patito.Field(constraints=pl.len().is_between(1_000, 10_000_000))
    begun: dt.datetime = patito.Field(
        constraints=[patito.field.is_between(START, END),
                     pl.len().over("user", "begun") == 1]
    )  # fmt: skip
    ended: dt.datetime = patito.Field(constraints=patito.field >= pl.col("begun"))
    code: str = patito.Field(constraints=patito.field.str.len_chars() == 8)


def _by_dataframely(frame: pl.DataFrame) -> object:
    return Orders.filter(frame).failure.counts()


def _by_patito(frame: pl.DataFrame) -> object:
    try:
        return _Order.validate(cast("Any", frame))
    except patito.exceptions.DataFrameValidationError as error:
        return error.errors()

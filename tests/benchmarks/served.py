"""A suite of 15 expectations on a million orders in PostgreSQL, where the rows stay."""

from __future__ import annotations

import importlib
import logging
import warnings
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import dkdata as dk
from dkdata.validation.answering import running
from tests.benchmarks.expectations import COUNTRIES, MAIL, orders, suite
from tests.benchmarks.ratio import Job
from tests.services import databases

if TYPE_CHECKING:
    from collections.abc import Iterator

_SETS = ", ".join(f"'{name}'" for name in COUNTRIES)
_BY_HAND = f"""
    SELECT count(*), count(mail), count(*) FILTER (WHERE mail !~ '{MAIL}'), count(amount),
        count(*) FILTER (WHERE NOT amount BETWEEN 0 AND 10000),
        count(*) FILTER (WHERE country NOT IN ({_SETS})),
        count(*) FILTER (WHERE length(code) <> 8),
        count(*) FILTER (WHERE NOT coalesce(ended >= begun, false)),
        count(*) FILTER (WHERE NOT begun BETWEEN '2024-01-01' AND '2024-12-31'), avg(amount),
        percentile_disc(ARRAY[0.1, 0.5, 0.9]) WITHIN GROUP (ORDER BY amount),
        count(DISTINCT status),
        (SELECT sum(n) FROM (SELECT count(*) AS n FROM orders GROUP BY id HAVING count(*) > 1) d),
        (SELECT sum(n) FROM (SELECT count(*) AS n FROM orders GROUP BY "user", begun
            HAVING count(*) > 1) d)
    FROM orders
"""


def jobs(url: str, rows: int) -> Iterator[Job]:
    """Yield the jobs on a database of PostgreSQL, which nobody else uses."""
    dk.configure({"stores": {"warehouse": {"backend": "postgres", "url": url}}})
    asked = suite()
    table = dk.table("warehouse.orders")

    def setup() -> None:
        if not dk.exists("warehouse.orders"):
            dk.save(orders(rows), "warehouse.orders", progress=False)
            databases.run(url, "VACUUM ANALYZE orders")

    validate = partial(dk.validate, table, asked)
    yield Job("validate 15 rules in PostgreSQL", "one SELECT by hand, no rows shown", 1.5,
              validate, partial(databases.run, url, _BY_HAND), setup=setup)  # fmt: skip
    yield Job("validate 15 rules in PostgreSQL, GX", "Great Expectations on PostgreSQL", 1 / 2,
              validate, partial(_by_gx, url), setup=setup)  # fmt: skip
    yield Job("validate 15 rules in PostgreSQL, streamed", "reading and kernels, in chunks", 2,
              validate, partial(running.scanned, table, asked), setup=setup)  # fmt: skip


@cache
def _definition(url: str) -> Any:
    context = importlib.import_module("great_expectations").get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    address = url.replace("postgresql://", "postgresql+psycopg2://")
    source = context.data_sources.add_postgres("p", connection_string=address)
    asset = source.add_table_asset("a", table_name="orders")
    return asset.add_batch_definition_whole_table("b")


def _by_gx(url: str) -> object:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        logging.disable(logging.WARNING)
        genuine = suite().to_gx()
        return _definition(url).get_batch().validate(genuine, result_format="SUMMARY")

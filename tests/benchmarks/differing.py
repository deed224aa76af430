"""Tables compared row by row, against the join that one would write by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING

import duckdb
import numpy as np
import pyarrow as pa

import dkdata as dk
from tests.benchmarks.ratio import Job

if TYPE_CHECKING:
    from pathlib import Path

_JOIN = """
    SELECT coalesce(x.id, y.id) AS id, x.n AS n_a, y.n AS n_b, x.v AS v_a, y.v AS v_b,
        x.t AS t_a, y.t AS t_b
    FROM {0} x FULL JOIN {1} y ON x.id = y.id
    WHERE x.id IS NULL OR y.id IS NULL OR x.n IS DISTINCT FROM y.n OR x.v IS DISTINCT FROM y.v
        OR x.t IS DISTINCT FROM y.t
    ORDER BY 1
"""


def _table(rows: int) -> pa.Table:
    ids = np.random.default_rng(0).permutation(rows)
    texts = pa.array(ids % 1_000).cast(pa.string())
    return pa.table({"id": ids, "n": ids % 97, "v": ids / 7, "t": texts})


def _changed(table: pa.Table) -> pa.Table:
    """Return the rows with one in 10,000 changed, and a few added and removed."""
    ids = table["id"].to_numpy()
    values = np.where(ids % 10_000 == 0, -1.0, table["v"].to_numpy())
    moved = table.set_column(2, "v", pa.array(values)).slice(5)
    more = table.slice(0, 5).set_column(0, "id", pa.array(np.arange(5) + len(table)))
    return pa.concat_tables([moved, more])


def jobs(folder: Path, rows: int) -> list[Job]:
    """Return comparisons of tables of so many rows: in a DuckDB file, and in Parquet."""
    before = _table(rows)
    after = _changed(before)
    file = f"duckdb:///{folder / 'differing.duckdb'}"
    paths = [folder / "before.parquet", folder / "after.parquet"]
    kept = [f"{file}#before", f"{file}#after"]
    for given, *targets in ((before, kept[0], paths[0]), (after, kept[1], paths[1])):
        for target in targets:
            dk.save(given, target, key="id", mode="replace", progress=False)
    connection = duckdb.connect()

    def in_file() -> object:
        connection.execute(f"ATTACH '{folder / 'differing.duckdb'}' AS kept (READ_ONLY)")
        try:
            return connection.sql(_JOIN.format("kept.before", "kept.after")).to_arrow_table()
        finally:
            connection.execute("DETACH kept")

    def in_parquet() -> object:
        return connection.sql(_JOIN.format(*(f"'{path}'" for path in paths))).to_arrow_table()

    return [
        Job(
            f"diff {rows:,} rows of {place}", "the join by hand", 1.5,
            lambda sides=sides: dk.diff(*sides, key="id", as_="arrow"), by_hand,
        )
        for place, sides, by_hand in (
            ("a DuckDB file", kept, in_file), ("Parquet", paths, in_parquet)
        )
    ]  # fmt: skip

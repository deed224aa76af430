"""Every backend to every other."""

from __future__ import annotations

import asyncio
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

import dkdata as dk
from tests.migration.conftest import STORES

PEOPLE = pd.DataFrame(
    {
        "id": np.arange(500),
        "name": ["Ada", None, "größe", "a\nb"] * 125,
        "age": pd.Series([36, None] * 250, dtype="Int16"),
        "score": [1.5, float("nan"), -0.0, 1e300] * 125,
        "ok": pd.Series([True, False, None, True] * 125, dtype="boolean"),
        "seen": pd.date_range("2020-01-01", periods=500, freq="h", tz="Europe/Berlin", unit="us"),
        "kind": pd.Categorical(["a", "b", None, "a"] * 125),
        "raw": [b"\x00\xff", b"", None, b"x"] * 125,
    }
).set_index("id")


def _in_a_loop(source, target, **options):
    return asyncio.run(dk.aio.migrate(source, target, **options))


@pytest.mark.usefixtures("stores")
@pytest.mark.parametrize(("source", "target"), list(permutations(STORES, 2)))
def test_a_table_is_the_same_in_every_other_store(source, target):
    dk.save(PEOPLE, f"{source}.people", mode="replace")
    for name, migrate in (("moved", dk.migrate), ("awaited", _in_a_loop)):
        report = migrate(f"{source}.people", f"{target}.{name}", verify="full")
        counts = (report.read, report.written, report.skipped, report.failed)
        assert (counts, report.verified) == ((500, 500, 0, 0), True)
        pd.testing.assert_frame_equal(dk.load(f"{target}.{name}"), PEOPLE)
        assert len(dk.diff(f"{source}.people", f"{target}.{name}", key="id")) == 0
    assert {"people", "moved__migrating"}.isdisjoint(dk.tables(target)["table"])

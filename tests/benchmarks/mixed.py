"""The frame of the measurements: ten columns of the usual kinds."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

CITIES = 50
GRADES = 20
_PIECES = (
    "on time", 'he said "no"', "a,b;c", "größe überall", "delayed by snow", "第三跑道",
    "gate 14 closed again", "crew change in Tromsø", "x", "no remark at all was made",
)  # fmt: skip


def mixed(rows: int = 1_000_000, seed: int = 0) -> pd.DataFrame:
    """Return a frame of ten columns; ``id`` counts on over seeds."""
    random = np.random.default_rng(seed)
    ids = np.arange(seed * rows, (seed + 1) * rows)
    day = pa.array(random.integers(10_000, 20_000, rows).astype("int32")).cast(pa.date32())
    return pd.DataFrame(
        {
            "id": ids,
            "amount": random.normal(100.0, 25.0, rows).round(6),
            "city": _chosen([f"city of {n:02}" for n in range(CITIES)], random, rows),
            "code": pd.Series(_codes(ids), dtype="str"),
            "active": random.random(rows) < 0.5,
            "moment": random.integers(0, 1_700_000_000_000_000, rows).view("datetime64[us]"),
            "score": _with_missing(random.integers(0, 1_000, rows), random),
            "grade": pd.Categorical.from_codes(
                random.integers(0, GRADES, rows),
                [f"grade {n:02}" for n in range(GRADES)],
            ),
            "day": pd.arrays.ArrowExtensionArray(day),
            "note": _notes(random, rows),
        },
    )


def _chosen(values: list[str], random: np.random.Generator, rows: int) -> pd.Series:
    return pd.Series(pa.array(values).take(random.integers(0, len(values), rows)), dtype="str")


def _codes(ids: np.ndarray) -> pa.Array:
    """Return texts of 16 characters, none of which comes twice, in no order."""
    scrambled = (ids.astype("uint64") * np.uint64(0x9E3779B97F4A7C15)).view("uint8")
    digits = np.frombuffer(b"0123456789abcdef", "uint8")
    text = np.stack([digits[scrambled >> 4], digits[scrambled & 15]], axis=1).reshape(-1)
    offsets = np.arange(0, 16 * (len(ids) + 1), 16, dtype="int32")
    return pa.StringArray.from_buffers(len(ids), pa.py_buffer(offsets), pa.py_buffer(text))


def _with_missing(numbers: np.ndarray, random: np.random.Generator) -> pd.Series:
    return pd.Series(numbers, dtype="Int64").mask(random.random(len(numbers)) < 0.1)


def _notes(random: np.random.Generator, rows: int) -> pd.Series:
    pieces = pa.array(_PIECES)
    parts = [pieces.take(random.integers(0, len(pieces), rows)) for _ in range(4)]
    joined = pc.binary_join_element_wise(*parts, " / ")
    missing = pa.array(random.random(rows) < 0.05)
    return pd.Series(pc.if_else(missing, None, joined), dtype="str")

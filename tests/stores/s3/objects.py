"""Tables of objects that tests save, and stores that have seen nothing of them."""

from __future__ import annotations

import pandas as pd

import dkdata as dk

PEOPLE = pd.DataFrame(
    {"id": ["bob", "ada", "cy"], "age": pd.array([41, 36, None], "Int64"), "paid": [1.5, 0.1, -2.0]}
)


def save(rows, target="lake.people", **given):
    """Save rows as objects that are named by the column ``id``."""
    return dk.save(rows, target, key="id", layout="objects", progress=False, **given)


def configure(bucket, **options):
    """Make the store ``lake`` anew: it knows nothing of its tables, as in another process."""
    dk.configure({"stores": {"lake": bucket.options | options}})

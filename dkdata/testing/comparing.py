"""Frames are the same only if everything about them is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    import polars as pl

    Target = Callable[[str], str]


def assert_same(actual: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Compare values, dtypes, index, labels, their names and ``attrs``, with no tolerance.

    Examples
    --------
    >>> import pandas as pd
    >>> assert_same(pd.DataFrame({"a": [1]}), pd.DataFrame({"a": [1]}))
    """
    pd.testing.assert_frame_equal(
        actual, expected, check_exact=True, check_index_type=True, check_column_type=True,
    )  # fmt: skip
    pd.testing.assert_index_equal(actual.index, expected.index, exact=True, check_exact=True)
    pd.testing.assert_index_equal(actual.columns, expected.columns, exact=True)
    assert actual.index.names == expected.index.names
    assert actual.columns.names == expected.columns.names
    assert actual.attrs == expected.attrs
    for label, dtype in enumerate(expected.dtypes):
        assert repr(actual.dtypes.iloc[label]) == repr(dtype)


def assert_same_polars(actual: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Compare values, dtypes, names and their order, with no tolerance."""
    from polars.testing import assert_frame_equal  # noqa: PLC0415 - polars loads on use

    assert_frame_equal(
        actual, expected, check_exact=True, check_dtypes=True, check_row_order=True,
        check_column_order=True,
    )  # fmt: skip
    assert actual.schema == expected.schema

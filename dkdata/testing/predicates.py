"""Rows and predicates whose meaning is the same on every backend, with the ids that they keep."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from dkdata.predicate import Constant, col
from dkdata.testing.reference import truth

if TYPE_CHECKING:
    from collections.abc import Mapping

    from dkdata.predicate import Predicate

_NAMES = ("id", "n", "f", "s", "b", "t", "d", "m", "z", 'o\'s "name"')
_ROWS = (
    (1, 1, 1.5, "Apple", True, "2024-01-01", "2024-01-01", "1.10", 0, "a"),
    (2, None, None, None, None, None, None, None, None, None),
    (3, 10, -0.0, "apple pie", False, "2024-01-02", "2024-02-29", "0.01", 1, "b"),
    (
        4,
        9,
        float("inf"),
        "a.ple",
        True,
        "2023-12-31T23:59:59.999999",
        "1969-12-31",
        "-5.00",
        0,
        "A",
    ),
    (5, 100, 2.0, "O'Brien", False, "1969-07-20", "0001-01-01", "99999999.99", 2, ""),
    (6, -3, None, "", True, "2262-04-12", "9999-12-31", None, 0, "é"),
    (7, 36, 1e300, "größe_100%", None, "2024-02-29", None, "0.00", None, "e"),
    (8, 2**53 + 1, 0.1, "a\nb", False, "2024-01-01", "2024-01-01", "1.11", 5, "z"),
    (9, 2**53, 0.30000000000000004, "ap_le", True, "2024-01-01", "2024-01-02", "1.10", 9, "Z"),
    (10, 0, 0.3, "Z", False, "2000-01-01", "2000-01-01", "10.00", 0, "ß"),
)


def _row(values: tuple[Any, ...]) -> dict[str, Any]:
    row = dict(zip(_NAMES, values, strict=True))
    for name, read in (
        ("t", dt.datetime.fromisoformat), ("d", dt.date.fromisoformat), ("m", Decimal),
    ):  # fmt: skip
        row[name] = None if row[name] is None else read(row[name])
    return row


ROWS = [_row(values) for values in _ROWS]


def frame() -> pd.DataFrame:
    """Return the rows as a pandas frame of nullable dtypes.

    Examples
    --------
    >>> frame()["n"].dtype
    Int64Dtype()
    """
    columns = {name: [row[name] for row in ROWS] for name in _NAMES}
    decimal = pd.ArrowDtype(pa.decimal128(10, 2))
    dtypes: dict[str, Any] = {
        "id": "int64", "n": "Int64", "f": "float64", "s": "str", "b": "boolean", "z": "Int64",
        "t": "datetime64[us]", "d": pd.ArrowDtype(pa.date32()), "m": decimal, _NAMES[-1]: "str",
    }  # fmt: skip
    return pd.DataFrame({name: pd.Series(columns[name], dtype=dtypes[name]) for name in _NAMES})


_t = dt.datetime.fromisoformat
PREDICATES: tuple[Predicate, ...] = (
    *(op(col("n"), value)
      for value in (9, 36.5, 2**53 + 1, -(2**70), Decimal("9.0"))
      for op in (lambda a, b: a == b, lambda a, b: a != b, lambda a, b: a < b,
                 lambda a, b: a <= b, lambda a, b: a > b, lambda a, b: a >= b)),
    *(op(col("f"), value)
      for value in (0, 0.3, 1e10, float("inf"), Decimal("0.3"))
      for op in (lambda a, b: a == b, lambda a, b: a != b, lambda a, b: a < b,
                 lambda a, b: a >= b)),
    *(op(col("m"), value)
      for value in (1, Decimal("1.1"), Decimal("1.105"), 0.01)
      for op in (lambda a, b: a == b, lambda a, b: a > b, lambda a, b: a <= b)),
    col("s") == "Apple", col("s") == "", col("s") == "O'Brien", col("s") > "Z", col("s") < "a",
    col("s") != "Z", col(_NAMES[-1]) == "a", col(_NAMES[-1]) >= "e",
    col("n").is_in([1, 9, 77]), col("n").is_in([]), col("s").is_in(["Apple", ""]),
    col("n").is_in([1, None]), col("m").is_in([Decimal("1.1"), 10]), col("b").is_in([True]),
    col("t").is_in([_t("2024-01-01")]), col("d").is_in([dt.date(2024, 1, 1), dt.date(1, 1, 1)]),
    col("s").like("apple%"), col("s").like("a.ple"), col("s").like("ap_le"), col("s").like("a%b"),
    col("s").like("%\\%"), col("s").like(""), col("s").ilike("APPLE%"), col("s").ilike("GRÖ%"),
    col("s").starts_with("ap_"), col("s").ends_with("100%"), col("s").contains("."),
    col("s").contains("'"), col("s").starts_with(""), col("s").contains("\n"),
    col("s").regex("^a.*e$"), col("s").regex("[A-Z]"), col("s").regex("a.b"), col("s").regex(""),
    col("n").between(1, 36), col("n").between(1, 36, "neither"), col("n").between(36, 1),
    col("f").between(0.1, 0.3, "left"), col("s").between("A", "a"), col("m").between(0, 2, "right"),
    col("t") >= _t("2024-01-01"), col("t") < _t("1970-01-01"), col("t") == _t("2024-02-29"),
    col("t").between(_t("2024-01-01"), _t("2024-01-02")), col("t") > _t("2262-01-01"),
    col("d") == dt.date(2024, 2, 29), col("d") < dt.date(1970, 1, 1),
    col("d") != dt.date(2024, 1, 1),
    col("b") == True, col("b") == False, col("b") != True,  # noqa: E712 - columns, not values
    col("n").is_null(), col("f").not_null(), col("b").is_null(), col("s").is_null(),
    col("n") > col("z"), col("n") == col("id"), col("n") < col("f"), col("s") > col(_NAMES[-1]),
    Constant(value=True), Constant(value=False), Constant(None),
    (col("n") > 5) & (col("b") == True), (col("n") > 5) | col("s").is_null(),  # noqa: E712
    ~((col("n") > 5) & (col("f") < 1)) | col("b").is_null(),
    ~(col("s").like("a%") | ~(col("n").is_in([9, None]))),
)  # fmt: skip

SQL_TEXTS: Mapping[str, Predicate] = {
    "n > 1": col("n") > 1,
    "N <> 9": col("n") != 9,
    "n == 36": col("n") == 36,
    "36.5 < n": col("n") > 36.5,
    "f = 0.3::double": col("f") == 0.3,
    "s = 'O''Brien'": col("s") == "O'Brien",
    "s like 'apple%' or s ilike 'z'": col("s").like("apple%") | col("s").ilike("z"),
    "s not like '%p%'": ~col("s").like("%p%"),
    "n in (1, 9, null)": col("n").is_in([1, 9, None]),
    "n not in (1, 9)": ~col("n").is_in([1, 9]),
    "n not between 1 and 36": ~col("n").between(1, 36),
    "t >= '2024-01-01' and not b": (col("t") >= _t("2024-01-01")) & ~col("b"),
    "d = date '2024-02-29'": col("d") == dt.date(2024, 2, 29),
    "b": col("b") == True,  # noqa: E712
    "n is null or b is not null": col("n").is_null() | col("b").not_null(),
    "n > z": col("n") > col("z"),
    "m = 1.1": col("m") == Decimal("1.1"),
    "lower(s) = 'apple'": col("s").is_in(["Apple"]),
    "n % 2 = 1 and n > 0": col("n").is_in([1, 9, 2**53 + 1]),
    "length(s) = 1": col("s") == "Z",
    'coalesce("o\'s ""name""", \'a\') = \'a\'': (col(_NAMES[-1]) == "a")
    | col(_NAMES[-1]).is_null(),
    "true": Constant(value=True),
    "null": Constant(None),
}


def expected_ids(predicate: Predicate) -> list[int]:
    """Return the ids of the rows that a predicate keeps.

    Examples
    --------
    >>> expected_ids(col("n") > 50)
    [5, 8, 9]
    """
    return [row["id"] for row in ROWS if truth(predicate, row) is True]

"""Expectations about frames, evaluated with Great Expectations' meaning."""

from dkdata.validation.builder import expect, expect_columns, expect_pair, expect_table
from dkdata.validation.catalogue import expectations
from dkdata.validation.coercion import CoerceResult, coerce, register_coercion
from dkdata.validation.expectation import Expectation
from dkdata.validation.result import Result
from dkdata.validation.running import validate
from dkdata.validation.suite import Suite, as_suite

__all__ = [
    "CoerceResult", "Expectation", "Result", "Suite", "as_suite", "coerce", "expect",
    "expect_columns", "expect_pair", "expect_table", "expectations", "register_coercion",
    "validate",
]  # fmt: skip

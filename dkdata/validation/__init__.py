"""Expectations about frames, evaluated with Great Expectations' meaning."""

from dkdata.validation.builder import expect, expect_columns, expect_pair, expect_table
from dkdata.validation.catalogue import expectations
from dkdata.validation.expectation import Expectation
from dkdata.validation.result import Result
from dkdata.validation.running import validate
from dkdata.validation.suite import Suite, as_suite

__all__ = [
    "Expectation", "Result", "Suite", "as_suite", "expect", "expect_columns", "expect_pair",
    "expect_table", "expectations", "validate",
]  # fmt: skip

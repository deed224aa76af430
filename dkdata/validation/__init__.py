"""Expectations about frames, evaluated with Great Expectations' meaning."""

from dkdata.validation.builder import expect, expect_columns, expect_pair, expect_table
from dkdata.validation.catalogue import expectations
from dkdata.validation.coercion import CoerceResult, coerce, register_coercion
from dkdata.validation.constraints import (
    Custom,
    Enum,
    Length,
    MaxLength,
    MaxValue,
    MinLength,
    MinValue,
    Pattern,
    Range,
    Required,
    Unique,
)
from dkdata.validation.expectation import Expectation
from dkdata.validation.field import Field
from dkdata.validation.result import Result
from dkdata.validation.running import validate
from dkdata.validation.schema import Schema
from dkdata.validation.suite import Suite, as_suite

__all__ = [
    "CoerceResult", "Custom", "Enum", "Expectation", "Field", "Length", "MaxLength", "MaxValue",
    "MinLength", "MinValue", "Pattern", "Range", "Required", "Result", "Schema", "Suite", "Unique",
    "as_suite", "coerce", "expect", "expect_columns", "expect_pair", "expect_table",
    "expectations", "register_coercion", "validate",
]  # fmt: skip

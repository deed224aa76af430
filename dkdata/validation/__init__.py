"""Expectations about frames, evaluated with Great Expectations' meaning."""

from dkdata.validation import configured
from dkdata.validation.answering.running import validate
from dkdata.validation.builders.builder import expect, expect_columns, expect_pair, expect_table
from dkdata.validation.catalogue import expectations
from dkdata.validation.coercion import CoerceResult, coerce, register_coercion
from dkdata.validation.constraints.constraint import (
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
from dkdata.validation.results.result import Result
from dkdata.validation.saved.saving import SavedSuite
from dkdata.validation.schemas.field import Field
from dkdata.validation.schemas.schema import Schema
from dkdata.validation.suite import Suite, as_suite

__all__ = [
    "CoerceResult", "Custom", "Enum", "Expectation", "Field", "Length", "MaxLength", "MaxValue",
    "MinLength", "MinValue", "Pattern", "Range", "Required", "Result", "SavedSuite", "Schema",
    "Suite", "Unique", "as_suite", "coerce", "expect", "expect_columns", "expect_pair",
    "expect_table", "expectations", "register_coercion", "validate",
]  # fmt: skip

configured.register()

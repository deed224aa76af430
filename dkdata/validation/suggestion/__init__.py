"""Suites suggested from the data."""

from dkdata.validation.suggestion.suggesting import check_columns, check_confidence, suggest

__all__ = ["check_columns", "check_confidence", "suggest"]

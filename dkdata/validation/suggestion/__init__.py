"""Suites suggested from the data."""

from dkdata.validation.suggestion.suggesting import suggest

__all__ = ["suggest"]

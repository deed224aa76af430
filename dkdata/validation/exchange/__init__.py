"""Suites and schemas in the forms of other tools."""

"""Schemas: a typed view of a suite."""

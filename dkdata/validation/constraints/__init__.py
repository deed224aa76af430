"""Constraints of the fields of schemas."""

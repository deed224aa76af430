"""Predicates and queries in the language of a backend: pure functions."""

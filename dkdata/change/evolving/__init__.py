"""Evolutions: the versions of a schema, and rows that are brought from one to another."""

from dkdata.change.evolving.evolution import Evolution, Version
from dkdata.change.evolving.plan import Plan

__all__ = ["Evolution", "Plan", "Version"]

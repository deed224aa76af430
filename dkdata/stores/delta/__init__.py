"""Folders that are tables in Delta Lake format."""

from dkdata.stores.delta.store import DeltaStore

__all__ = ["DeltaStore"]

"""Single files as tables: formats, atomic replacement, locks, descriptors beside text files."""

from dkdata.stores.file.store import FileStore

__all__ = ["FileStore"]

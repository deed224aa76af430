"""The options of a configured folder of files."""

from __future__ import annotations

from pydantic import field_validator

from dkdata.errors import UsageError
from dkdata.options import PathOption, StoreOptions
from dkdata.stores.file.formats import SUFFIXES, format_name


class FileOptions(StoreOptions):
    """The folder, and the format of tables whose names tell none."""

    path: PathOption
    format: str | None = None

    @field_validator("format")
    @classmethod
    def _known(cls, name: str | None) -> str | None:
        if name is None or format_name(f".{name}") is not None:
            return name
        raise UsageError.choice("format", name, [suffix[1:] for suffix in SUFFIXES])

"""Transformations of a configuration: the steps of one, or the path of a file that holds them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.configuration import register_factory
from dkdata.errors import ConfigError, NotFoundError, UsageError

if TYPE_CHECKING:
    from dkdata.change.transforms import Transform
    from dkdata.configuration.factories import Entry


def _transform(entry: Entry) -> Transform:
    from dkdata.change.transforms import Transform  # noqa: PLC0415 - loads DuckDB

    try:
        return Transform.of(entry.value if entry.path is None else entry.path)
    except (UsageError, NotFoundError) as error:
        raise ConfigError.at(entry.place, str(error)) from error


def register() -> None:
    """Let configurations make transformations."""
    register_factory("transforms", _transform)

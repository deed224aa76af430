"""Suites and schemas of a configuration: the JSON of one, or the path of a file that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dkdata.configuration import register_factory
from dkdata.errors import ConfigError, NotFoundError, UsageError
from dkdata.validation import json_files
from dkdata.validation.schemas.schema import Schema
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from dkdata.configuration.factories import Entry


def _suite(entry: Entry) -> Suite:
    try:
        return Suite.from_dict(entry.value) if entry.path is None else Suite.load(entry.path)
    except (UsageError, NotFoundError) as error:
        raise ConfigError.at(entry.place, str(error)) from error


def _schema(entry: Entry) -> Schema:
    try:
        held = entry.value
        if entry.path is not None:
            held = json_files.loaded(
                entry.path, "schema", "the JSON of a schema", "the .json file of a schema in it"
            )
        return Schema.from_dict(held)
    except (UsageError, NotFoundError) as error:
        raise ConfigError.at(entry.place, str(error)) from error


def register() -> None:
    """Let configurations make suites and schemas."""
    register_factory("suites", _suite)
    register_factory("schemas", _schema)

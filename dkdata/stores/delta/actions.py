"""The lines of the log of a Delta table, as the protocol of Delta Lake has them."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from deltalake import Schema

from dkdata.stores.delta.types import partition_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from dkdata.stores.delta.log import DataFile, Metadata, Protocol

Action = dict[str, dict[str, Any]]


def content(actions: Iterable[Action]) -> bytes:
    """Return a commit: one action in each line."""
    lines = (json.dumps(action, ensure_ascii=False, separators=(",", ":")) for action in actions)
    return "\n".join(lines).encode()


def commit_info(operation: str, moment: int, note: Mapping[str, Any]) -> Action:
    """Return what is told of a commit, with a note of our own."""
    told = {
        "timestamp": moment,
        "operation": operation,
        "operationParameters": {},
        "engineInfo": f"dkdata/{version('dkdata')}",
        "dkdata": dict(note),
    }
    return {"commitInfo": told}


def transaction(app_id: str, number: int) -> Action:
    """Return the mark by which a write that comes again is known."""
    return {"txn": {"appId": app_id, "version": number}}


def protocol(asked: Protocol) -> Action:
    """Return what the table asks of its readers and writers."""
    told: dict[str, Any] = {"minReaderVersion": asked.reader, "minWriterVersion": asked.writer}
    if asked.has_features:
        told["readerFeatures"] = sorted(asked.reader_features)
        told["writerFeatures"] = sorted(asked.writer_features)
    return {"protocol": told}


def metadata(held: Metadata) -> Action:
    """Return the columns and the properties of the table."""
    told = {
        "id": held.id,
        "name": held.name,
        "description": held.description,
        "format": {"provider": "parquet", "options": {}},
        "schemaString": Schema.from_arrow(held.fields).to_json(),
        "partitionColumns": list(held.partition_by),
        "createdTime": held.created,
        "configuration": dict(held.configuration),
    }
    return {"metaData": told}


def add(file: DataFile, *, data_change: bool) -> Action:
    """Return that a file is of the table from now on."""
    partition = {name: partition_text(name, value) for name, value in file.partition.items()}
    told = {
        "path": file.url,
        "partitionValues": partition,
        "size": file.size,
        "modificationTime": file.moment,
        "dataChange": data_change,
        "stats": file.stats,
    }
    return {"add": told}


def remove(file: DataFile, moment: int, *, data_change: bool) -> Action:
    """Return that a file is no longer of the table."""
    told = {
        "path": file.url,
        "deletionTimestamp": moment,
        "dataChange": data_change,
        "extendedFileMetadata": False,
        "size": file.size,
    }
    return {"remove": told}

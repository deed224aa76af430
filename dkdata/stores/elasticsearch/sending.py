"""Bulk requests, several at once, and the documents that the server refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from dkdata.errors import SchemaError, StoreError
from dkdata.parallel import at_once
from dkdata.retrying import TransientError
from dkdata.stores.elasticsearch.client import LINES, path_of
from dkdata.stores.elasticsearch.failures import TAKEN, TOO_LARGE, TOO_MANY, RefusedError, reason_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.encoding import Body

_BUSY = (TOO_MANY, 503)
_SHOWN = 5
_WORKERS = 3  # while they wait, the next bodies are made


@dataclass(frozen=True)
class Refused:
    """A document that the server did not take, by the number of its row, and why."""

    row: int
    reason: str


def send(client: Client, index: str, bodies: Iterable[Body], table: str) -> int:
    """Send the documents of a new index; return how many bytes they were.

    Raises
    ------
    SchemaError
        The server refuses some; all that can be sent were.
    """
    path, sent, refused = path_of(index, "_bulk"), 0, list[Refused]()

    def work(body: Body) -> tuple[int, list[Refused]]:
        return len(body.content), _sent(client, path, body)

    for size, wrong in at_once(work, bodies, lambda body: len(body.content), _WORKERS):
        sent += size
        refused += wrong
    if refused:
        raise _told(refused, table)
    return sent


def _sent(client: Client, path: str, body: Body) -> list[Refused]:
    """Send one request; those documents that are there already were sent before."""
    try:
        answer = client.raw("POST", path, body.content, kind=LINES, filter_path="errors")
        if b"false" in answer:
            return []
        answer = client.raw(
            "POST", path, body.content, kind=LINES, check=_check_busy,
            filter_path="items.*.status,items.*.error",
        )  # fmt: skip
    except RefusedError as error:
        if error.status == TOO_LARGE and body.rows == 1:
            return [Refused(body.first, "it is larger than the server takes")]
        raise
    return [
        Refused(body.first + number, reason_of(item["error"]))
        for number, item in enumerate(_items(answer))
        if "error" in item and item["status"] != TAKEN
    ]


def _items(answer: bytes) -> list[dict[str, Any]]:
    return [next(iter(item.values())) for item in json.loads(answer).get("items", ())]


def _check_busy(answer: bytes) -> None:
    busy = [item for item in _items(answer) if item["status"] in _BUSY]
    if busy:
        said = reason_of(busy[0]["error"])
        message = f"the server is too busy, also after several attempts: {said}. Try again later."
        raise TransientError(StoreError(message))


def _told(refused: list[Refused], table: str) -> SchemaError:
    shown = "; ".join(f"row {one.row}: {one.reason}" for one in refused[:_SHOWN])
    count = "a row" if len(refused) == 1 else f"{len(refused):,} rows"
    message = f"{table!r}: the server refuses {count}: {shown}. Nothing was written."
    return SchemaError(message)

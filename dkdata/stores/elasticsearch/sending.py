"""Bulk requests, several at once, and the documents that the server refuses."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from dkdata.errors import ConflictError, RejectedError, StoreError
from dkdata.frames import reasoned
from dkdata.parallel import at_once
from dkdata.retrying import TransientError
from dkdata.stores.elasticsearch.client import LINES, path_of
from dkdata.stores.elasticsearch.failures import (
    ABSENT,
    BLOCKED,
    DENIED,
    TAKEN,
    TOO_LARGE,
    TOO_MANY,
    RefusedError,
    reason_of,
    refused_by,
)
from dkdata.stores.elasticsearch.naming import mark_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from dkdata.stores.elasticsearch.client import Client
    from dkdata.stores.elasticsearch.encoding import Body

_BUSY = (TOO_MANY, 503)
_DONE = (*range(200, 300), TAKEN)  # those that are there were sent before
_OF_INDEX = (401, DENIED, ABSENT)  # not for what the document says
_SHOWN = 5
_KEPT = 10_000  # rows that an error carries
WORKERS = 3  # while they wait, the next bodies are made


@dataclass(frozen=True)
class Refused:
    """Documents that the server did not take: the numbers of their rows, the rows, and reasons."""

    numbers: list[int]
    rows: pa.RecordBatch
    reasons: list[str]


def send(  # noqa: PLR0913 - what is sent, and how
    client: Client,
    index: str,
    bodies: Iterable[Body],
    table: str,
    *,
    is_new: bool = False,
    overtaken: set[int] | None = None,
) -> int:
    """Send the documents of an index; return how many bytes they were.

    Parameters
    ----------
    overtaken
        Gets the numbers of those that are not any more what was read.
    is_new
        Whether it is of no table yet. Then the rest is not sent where very many are refused.

    Raises
    ------
    RejectedError
        The server refuses some; all that can be sent were.
    ConflictError
        Somebody has removed the new index.
    """
    path, parameters = path_of(index, "_bulk"), dict[str, Any]()
    if is_new:  # the server makes none anew that somebody has removed
        path, parameters = path_of(mark_of(index), "_bulk"), {"require_alias": "true"}
    sent, refused, count = 0, list[Refused](), 0

    def work(body: Body) -> tuple[int, list[Refused]]:
        return len(body.content), list(_sent(client, path, body, parameters, overtaken))

    try:
        for size, wrong in at_once(work, bodies, lambda body: len(body.content), WORKERS):
            sent += size
            count += sum(len(one.numbers) for one in wrong)
            refused += wrong
            if is_new and count >= _KEPT:
                break
    except RefusedError as error:
        if is_new and error.status == ABSENT:
            raise _gone(index, table) from error
        raise
    if refused:
        raise _told(refused, table, count, is_new=is_new)
    return sent


def _sent(
    client: Client,
    path: str,
    body: Body,
    parameters: Mapping[str, Any],
    overtaken: set[int] | None,
) -> Iterator[Refused]:
    """Send one request, in parts where it is too large, and yield what is refused of it."""
    try:
        items = _answered(client, path, body.content, parameters)
    except RefusedError as error:
        if error.status != TOO_LARGE:
            raise
        if body.rows.num_rows == 1:
            reason = "it is larger than the server takes: see its http.max_content_length"
            yield Refused([body.first], body.rows, [reason])
            return
        for half in body.halves():
            yield from _sent(client, path, half, parameters, overtaken)
        return
    if overtaken is not None:
        overtaken |= {body.first + n for n, item in enumerate(items) if item["status"] == TAKEN}
    wrong = [n for n, item in enumerate(items) if item["status"] not in _DONE and "error" in item]
    if wrong:
        numbers = [body.first + n for n in wrong]
        reasons = [reason_of(items[n]["error"]) for n in wrong]
        yield Refused(numbers, body.rows.take(pa.array(wrong)), reasons)


def _answered(
    client: Client, path: str, content: bytes, parameters: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return what became of each document; nothing where all is well.

    Raises
    ------
    RefusedError
        The index takes none, whatever it says.
    """
    answer = client.raw("POST", path, content, kind=LINES, filter_path="errors", **parameters)
    if b"false" in answer:
        return []
    answer = client.raw(
        "POST", path, content, kind=LINES, check=_check_busy,
        filter_path="items.*.status,items.*.error", **parameters,
    )  # fmt: skip
    items = _items(answer)
    for item in items:
        if "error" in item and (item["status"] in _OF_INDEX or item["error"]["type"] == BLOCKED):
            raise refused_by(client.access, item["status"], item["error"])
    return items


def _items(answer: bytes) -> list[dict[str, Any]]:
    return [next(iter(item.values())) for item in json.loads(answer).get("items", ())]


def _check_busy(answer: bytes) -> None:
    for item in _items(answer):
        if item["status"] in _BUSY and item["error"]["type"] != BLOCKED:
            said = reason_of(item["error"])
            message = (
                f"the server is too busy, also after several attempts: {said}. Try again later."
            )
            raise TransientError(StoreError(message))


def _gone(index: str, table: str) -> ConflictError:
    message = (
        f"{table!r}: somebody has removed the index {index!r}, which was being filled, as dk.doctor"
        " does where a save shows no life. Nothing was written. Save again."
    )
    return ConflictError(message)


def _told(refused: list[Refused], table: str, count: int, *, is_new: bool) -> RejectedError:
    numbers = [number for one in refused for number in one.numbers]
    reasons = [reason for one in refused for reason in one.reasons]
    pairs = zip(numbers[:_SHOWN], reasons, strict=False)
    shown = "; ".join(f"row {number}: {reason.rstrip('.;')}" for number, reason in pairs)
    told = "a row" if count == 1 else f"{count:,} rows"
    ended = "Nothing was written" if is_new else "The others were written"
    rows = pa.Table.from_batches([one.rows for one in refused])
    texts = pa.array([[reason] for reason in reasons], reasoned.LISTS)
    message = (
        f"{table!r}: the server refuses {told}: {shown}. {ended}; .rejected has those refused."
    )
    return RejectedError(message, reasoned.reasoned_rows(rows, texts), numbers)

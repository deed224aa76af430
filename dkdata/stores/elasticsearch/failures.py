"""What the errors of an Elasticsearch server mean to a caller."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dkdata.errors import StoreError
from dkdata.retrying import TransientError
from dkdata.secrets import scrubbed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from elastic_transport import TransportError

    from dkdata.stores.elasticsearch.access import Access

DENIED, ABSENT, TAKEN, TOO_LARGE, TOO_MANY = 403, 404, 409, 413, 429
_PASSING = (TOO_MANY, 502, 503, 504)
_MEANINGS = {
    401: "the server does not know this user. Correct api_key=, or username= and password=.",
    DENIED: "access denied: {reason}. Ask for the right, or log in as somebody else.",
    TOO_LARGE: "the server takes no request of that size: raise its http.max_content_length.",
    TOO_MANY: "the server is too busy, also after several attempts: {reason}. Try again later.",
    503: "{reason}. Where that stays so, GET _cluster/health tells of shards that are on no node.",
}
BLOCKED = "cluster_block_exception"
_KINDS = {
    BLOCKED: (
        "{reason}. Where a disk was full, free some. Then set that block to null: index.blocks.* in"
        " the settings of the index, cluster.blocks.* in those of the cluster."
    ),
    "index_closed_exception": "index {index} is closed. Open it: POST {index}/_open.",
}
_SAID = 500  # characters of what a server says
_CAUSES = 3  # what is behind these says little


class RefusedError(StoreError):
    """The server did not do what it was asked for.

    Attributes
    ----------
    status, kind
        Of its answer: ``404``, ``"index_not_found_exception"``.
    """

    def __init__(self, message: str, status: int, kind: str) -> None:
        super().__init__(message)
        self.status, self.kind = status, kind


def refused(access: Access, status: int, body: bytes) -> StoreError | TransientError:
    """Return the error that an answer means."""
    return refused_by(access, status, _told(body))


def refused_by(access: Access, status: int, error: dict[str, Any]) -> StoreError | TransientError:
    """Return the error that an error of the server means."""
    kind = str(error.get("type", ""))
    shown = scrubbed(reason_of(error)[:_SAID], access.secrets).rstrip(".;")
    meaning = _KINDS.get(kind) or _MEANINGS.get(status, "{reason}.")
    told = meaning.format(reason=shown, index=error.get("index", ""))
    made = RefusedError(f"{access.shown}: {told}", status, kind)
    return TransientError(made) if status in _PASSING and kind not in _KINDS else made


def _told(body: bytes) -> dict[str, Any]:
    """Return what an answer says of an error."""
    try:
        told: Any = json.loads(body)
        error = told["error"]
    except (ValueError, KeyError, TypeError):
        return {"reason": " ".join(body.decode(errors="replace").split())}
    return error if isinstance(error, dict) else {"reason": str(error)}


def reason_of(error: dict[str, Any]) -> str:
    """Return what a server says of an error, and of its cause."""
    said, found = list[str](), error
    while isinstance(found, dict) and len(said) < _CAUSES:
        said.append(str(found.get("reason") or found.get("type", "")))
        found = found.get("caused_by") or next(iter(found.get("root_cause", ())), {})
    return ": ".join(dict.fromkeys(filter(None, said))) or "it gives no reason"


def _said_by(error: TransportError, access: Access) -> str:
    """Return what the driver says, whose text alone leaves the cause out."""
    return scrubbed(error.message.rstrip("."), access.secrets)[:_SAID]


@contextmanager
def suppress_gone() -> Iterator[None]:
    """Let a block end where an index has gone: whoever looks at the table again finds out."""
    try:
        yield
    except RefusedError as error:
        if error.status != ABSENT:
            raise


@contextmanager
def explained(access: Access) -> Iterator[None]:
    """Turn the errors of the driver into ours.

    Raises
    ------
    TransientError
        Another attempt may succeed.
    """
    from elastic_transport import TlsError, TransportError  # noqa: PLC0415 - on use

    try:
        yield
    except TlsError as error:
        said = _said_by(error, access)
        message = f"{access.shown}: {said}. Correct ca_certs=, or the address."
        raise StoreError(message) from error
    except TransportError as error:
        said = _said_by(error, access)
        message = f"{access.shown}: no server answers: {said}. Correct hosts=."
        raise TransientError(StoreError(message)) from error

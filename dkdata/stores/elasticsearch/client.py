"""Requests to an Elasticsearch server, through the official client."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from dkdata import engine
from dkdata.commit import remaining
from dkdata.errors import DeadlineError, StoreError
from dkdata.retrying import retried
from dkdata.stores.elasticsearch.failures import DENIED, RefusedError, explained, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from elasticsearch import Elasticsearch

    from dkdata.stores.elasticsearch.access import Access

_CLIENTS = 16
_SECONDS = 60.0  # for which one answer is waited for
_OLDEST = (8, 0)
_PRODUCT = "Elasticsearch"
JSON, LINES = "application/json", "application/x-ndjson"


def path_of(*steps: str) -> str:
    """Return a path of a request, its steps quoted.

    Examples
    --------
    >>> path_of("größe", "_count")
    '/gr%C3%B6%C3%9Fe/_count'
    """
    return "".join(f"/{quote(step, safe='')}" for step in steps)


@dataclass(frozen=True)
class Client:
    """A server that is asked."""

    access: Access

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, **parameters: str
    ) -> Any:  # noqa: ANN401 - JSON
        """Return the answer to a request, tried again where its failure passes.

        Raises
        ------
        RefusedError
            The server does not do it.
        StoreError
            No server answers.
        """
        content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        given: dict[str, Any] = dict(parameters)
        answer = self.raw(method, path, content, **given)
        return json.loads(answer) if answer else None

    def raw(
        self,
        method: str,
        path: str,
        content: bytes | None = None,
        *,
        kind: str = JSON,
        check: Callable[[bytes], None] | None = None,
        **parameters: str,
    ) -> bytes:
        """Return the answer to a request as it came; see ``ask``.

        Parameters
        ----------
        check
            Raises where the answer says that another attempt is needed.
        """
        target = f"{path}?{urlencode(parameters)}" if parameters else path
        deadline = engine.current_deadline()

        def attempt(_: int) -> bytes:
            left = remaining(deadline, self.access.shown)
            seconds = _SECONDS if left is None else min(left, _SECONDS)
            answer = self._asked(method, target, content, kind, seconds)
            if check is not None:
                check(answer)
            return answer

        try:
            return retried(attempt, deadline)
        except StoreError as error:
            if deadline is not None and remaining(deadline, self.access.shown) is None:
                raise DeadlineError(str(error)) from error
            raise

    def _asked(
        self, method: str, target: str, content: bytes | None, kind: str, seconds: float
    ) -> bytes:
        headers = {"accept": JSON, **self.access.authorization}
        if content is not None:
            headers["content-type"] = kind
        with explained(self.access):
            answer = _driver(self.access, os.getpid()).transport.perform_request(
                method, target, body=content, headers=headers, request_timeout=seconds,
                max_retries=0,
            )  # fmt: skip
        found: bytes = answer.body or b""
        if not 200 <= answer.meta.status < 300:  # noqa: PLR2004 - those that are good
            raise refused(self.access, answer.meta.status, found)
        return found

    def require_server(self) -> str:
        """Return the version of the server, which is asked once; nothing where that is not told.

        Raises
        ------
        StoreError
            It is another program, or too old.
        """
        return _version(self, os.getpid())


@lru_cache(_CLIENTS)
def _version(client: Client, _: int) -> str:
    try:
        told = client.ask("GET", "/")
    except RefusedError as error:  # who may use some indices only may not know it
        if error.status == DENIED and error.kind == "security_exception":
            return ""
        raise
    version = str(told.get("version", {}).get("number", "")) if isinstance(told, dict) else ""
    is_other = "distribution" in told.get("version", {}) if isinstance(told, dict) else True
    parts = tuple(int(part) for part in version.split(".")[:2] if part.isdecimal())
    if is_other or not parts:
        message = f"{client.access.shown}: this server is not {_PRODUCT}. Correct hosts=."
        raise StoreError(message)
    if parts < _OLDEST:
        message = (
            f"{client.access.shown}: {_PRODUCT} {version} is too old: dkdata talks to 8 and later."
        )
        raise StoreError(message)
    return version


@lru_cache(_CLIENTS)
def _driver(access: Access, _: int) -> Elasticsearch:
    """Return the official client, one for each way and process; it keeps its connections open."""
    from elastic_transport import Serializer  # noqa: PLC0415 - on use
    from elasticsearch import Elasticsearch  # noqa: PLC0415

    class AsItIs(Serializer):
        """Hands bodies on: large ones are read and written by columns."""

        mimetype = JSON

        def loads(self, data: bytes) -> bytes:
            return data

        def dumps(self, data: bytes) -> bytes:
            return data

    options = access.driver_options()
    # What is between, and not the server, may answer in HTML.
    serializers = dict.fromkeys((JSON, LINES, "application/*", "text/*"), AsItIs())
    with explained(access):
        return Elasticsearch(**options, serializers=serializers, connections_per_node=16)

"""Requests for small objects, many at once."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from dkdata import engine
from dkdata.commit import remaining
from dkdata.retrying import retried
from dkdata.stores.s3.failures import place_of, small_explained

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from obstore import GetOptions

    from dkdata.stores.s3.access import Access

T = TypeVar("T")
R = TypeVar("R")
AT_ONCE = 16
_AHEAD = 8 * AT_ONCE
_MOST_BYTES = 64 << 20
_CLIENTS = 16
_RENEWED_SECONDS = 10.0
_OTHERS = (
    "Cache-Control", "Content-Disposition", "Content-Encoding", "Content-Language", "Content-Type",
    "Storage-Class",
)  # fmt: skip
_Options: TypeAlias = tuple[tuple[str, str], ...]
NEW: Final = ""  # the mark of an object that is not there


@dataclass(frozen=True)
class Fetched:
    """An object with its mark, which every change of it changes, and what is kept about it."""

    body: bytes
    etag: str
    about: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Client:
    """The small objects of a bucket.

    s3fs takes three times as long for each of them: it runs Python for every step of a request.
    """

    access: Access
    bucket: str

    def get(self, key: str, known: str | None = None) -> Fetched | None:
        """Return an object, if it is there.

        Raises
        ------
        UnchangedError
            It still has the mark that is known.
        """
        return self._got(key, {"if_none_match": known} if known else {})

    def head(self, key: str) -> Fetched | None:
        """Return what is kept about an object, without its content, if it is there."""
        return self._got(key, {"head": True})

    def _got(self, key: str, options: GetOptions) -> Fetched | None:
        import obstore  # noqa: PLC0415 - on use

        def work(driver: Any) -> Fetched:  # noqa: ANN401 - of the driver
            answer = obstore.get(driver, key, options=options)
            body = b"" if "head" in options else bytes(answer.bytes())
            about = {name: text for name, text in answer.attributes.items() if name not in _OTHERS}
            return Fetched(body, answer.meta["e_tag"] or "", about)

        try:
            return self._tried_again(key, work)
        except FileNotFoundError:
            return None

    def put(
        self,
        key: str,
        body: bytes,
        about: Mapping[str, str] | None = None,
        tags: Mapping[str, str] | None = None,
        expected: str | None = None,
    ) -> str:
        """Write an object in one request, and return its mark.

        Parameters
        ----------
        expected
            The mark that it has to have until then; ``NEW`` where there must be none.

        Raises
        ------
        TakenError
            It has another.
        FileNotFoundError
            It is not there any more.
        """
        import obstore  # noqa: PLC0415 - on use

        modes: dict[str | None, Any] = {None: "overwrite", NEW: "create"}
        mode = modes.get(expected, {"e_tag": expected})

        def work(driver: Any) -> str:  # noqa: ANN401 - of the driver
            kept = {"Content-Type": "application/json", **(about or {})}
            made = obstore.put(
                driver, key, body, mode=mode, attributes=kept, tags=dict(tags or {}),
                use_multipart=False,
            )  # fmt: skip
            return made["e_tag"] or ""

        return self._tried_again(key, work)

    def _tried_again(self, key: str, work: Callable[[Any], T]) -> T:
        deadline = engine.current_deadline()
        place = place_of(self.bucket, key)

        def attempt(_: int) -> T:
            remaining(deadline, place)
            limits = _sorted(self.access.client_options)
            driver = _driver(self.bucket, _options(self.access, _moment()), limits)
            with small_explained(place, deadline):
                return work(driver)

        return retried(attempt, deadline)


def _moment() -> int:
    return int(time.monotonic() // _RENEWED_SECONDS)


@lru_cache(_CLIENTS)
def _options(access: Access, _: int) -> _Options:
    """Return how a server is reached, with the keys of a moment, not asked for each time."""
    return _sorted(access.object_options)


def _sorted(options: dict[str, str]) -> _Options:
    return tuple(sorted(options.items()))


@lru_cache(_CLIENTS)
def _driver(bucket: str, options: _Options, limits: _Options) -> Any:  # noqa: ANN401
    """Return what makes requests; it keeps its connections open."""
    from obstore.store import S3Store  # noqa: PLC0415 - on use

    given: dict[str, Any] = {"config": dict(options), "client_options": dict(limits)}
    return S3Store(bucket, retry_config={"max_retries": 0}, **given)

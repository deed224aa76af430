"""What the errors of an S3 server mean to a caller."""

from __future__ import annotations

import re
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dkdata.errors import ConflictError, DeadlineError, DkError, StoreError
from dkdata.retrying import TransientError
from dkdata.secrets import scrubbed
from dkdata.stores.delta.place import LOG
from dkdata.stores.s3.objects.naming import DEFINITION

if TYPE_CHECKING:
    from collections.abc import Iterator

_MEANINGS = {
    "NoSuchBucket": "there is no such bucket. Make it, or correct bucket=.",
    "InvalidAccessKeyId": "the server does not know the access key. Correct access_key_id.",
    "SignatureDoesNotMatch": "the secret is not that of the access key. Correct secret_access_key.",
    "ExpiredToken": "the session token has expired. Get a new one.",
    "ExpiredTokenException": "the session token has expired. Get a new one.",
    "InvalidToken": "the session token is not valid. Get a new one.",
    "InvalidTokenId": "the session token is not valid. Get a new one.",
    "AccessDenied": "access denied. Ask for the right, or use other keys.",
    "Forbidden": "access denied. Ask for the right, or use other keys.",
    "403": "access denied. Ask for the right, or use other keys.",
    "RequestTimeTooSkewed": "the clocks of this machine and of the server differ by more than a"
    " quarter of an hour. Set this one.",
    "PermanentRedirect": "the bucket is in another region. Correct region=.",
    "AuthorizationHeaderMalformed": "the bucket is in another region. Correct region=.",
    "IllegalLocationConstraintException": "the bucket is in another region. Correct region=.",
    "301": "the bucket is in another region. Correct region=.",
    "SlowDown": "the server asks to slow down, also after several attempts. Try again later.",
    "ServiceUnavailable": "the server is too busy, also after several attempts. Try again later.",
    "InternalError": "the server failed, also after several attempts. Try again later.",
}
_TIMED_OUT, _BROKEN_OFF = "timed out", "error reading a body"  # as Delta's driver says it
_TAKEN = ("PreconditionFailed", "412")
_CODE = re.compile(r"<Code>(\w+)</Code>")
_MESSAGE = re.compile(r"<Message>(.*?)</Message>", re.DOTALL)
_STATUS = re.compile(r"status code: (\d{3})")
_ABSENT = ("NoSuchKey", "NotFound", "404")
_PASSING = (
    "ConditionalRequestConflict",  # two writers of one object: the next attempt tells who is first
    "RequestTimeout",
)
_TOO_MANY, _SERVER_FAILED = 429, 500  # statuses, whatever the code; the latter and all above it
NO_KEYS = (
    "no credentials were found. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or profile=, or"
    " access_key_id= and secret_access_key=, or anonymous=True."
)


class TakenError(ConflictError):
    """An object was to be made new, or to be as it was, and somebody else has written it."""


class UnchangedError(DkError):
    """An object is as it was known to be, so it was not sent."""


def place_of(bucket: str, key: str) -> str:
    """Return what messages call an object: the table, where it is about one."""
    return f"s3://{bucket}/{key.partition(f'/{LOG}')[0].removesuffix(f'/{DEFINITION}')}"


@contextmanager
def explained(bucket: str, key: str) -> Iterator[None]:
    """Turn the errors of the driver into ours.

    Raises
    ------
    FileNotFoundError
        There is no such object.
    TransientError
        Another attempt may succeed.
    """
    from aiohttp import ClientPayloadError  # noqa: PLC0415 - on use
    from botocore.exceptions import (  # noqa: PLC0415
        BotoCoreError,
        ClientError,
        ConnectionError,  # noqa: A004 - botocore's own
        HTTPClientError,
        NoCredentialsError,
    )
    from fsspec.exceptions import FSTimeoutError  # noqa: PLC0415

    place = place_of(bucket, key)
    try:
        yield
    except NoCredentialsError as error:
        message = f"{place}: {NO_KEYS}"
        raise StoreError(message) from error
    except FSTimeoutError as error:
        raise _late(place) from error
    except (ConnectionError, HTTPClientError, ClientPayloadError) as error:
        raise _unanswered(place, str(error)) from error
    except (ClientError, OSError, BotoCoreError) as error:
        code, said, status = _told(error)
        if code == "" and isinstance(error, FileNotFoundError):
            raise FileNotFoundError(place) from error
        raise _meant(place, code, said, status) from error


def _late(place: str) -> DeadlineError:
    message = f"{place}: the time allowed ran out before the server answered. Raise timeout=."
    return DeadlineError(message)


def _unanswered(place: str, text: str) -> TransientError:
    said = scrubbed(text.split("?", maxsplit=1)[0])  # without what follows in the address
    return TransientError(StoreError(f"{place}: no server answers: {said}. Correct endpoint_url=."))


def _meant(place: str, code: str, said: str, status: int) -> Exception:
    if code in _ABSENT:
        return FileNotFoundError(place)
    if code in _TAKEN:
        return TakenError(f"{place}: somebody else wrote at the same time. Try again.")
    found = StoreError(f"{place}: {_MEANINGS.get(code, scrubbed(said))}")
    passes = code in _PASSING or status == _TOO_MANY or status >= _SERVER_FAILED
    return TransientError(found) if passes else found


def refused(bucket: str, problem: dict[str, Any]) -> StoreError:
    """Return the error of one object of several, of which the server tells in its answer."""
    said = _MEANINGS.get(problem.get("Code", ""), scrubbed(str(problem.get("Message", ""))))
    return StoreError(f"s3://{bucket}/{problem.get('Key')}: it was not deleted: {said}")


@contextmanager
def small_explained(place: str, deadline: float | None) -> Iterator[None]:
    """Turn the errors of the driver for small objects into ours.

    Raises
    ------
    FileNotFoundError
        There is no such object.
    UnchangedError
        It has the mark that was told.
    TransientError
        Another attempt may succeed.
    """
    from obstore.exceptions import BaseError, NotModifiedError  # noqa: PLC0415 - on use

    try:
        yield
    except NotModifiedError as error:
        raise UnchangedError(place) from error
    except (BaseError, OSError) as error:
        text = str(error).partition("\n\nDebug source")[0]
        code, status = _CODE.search(text), _STATUS.search(text)
        if status is None and isinstance(error, FileNotFoundError):
            raise FileNotFoundError(place) from error
        if status is None and deadline is not None and time.monotonic() >= deadline:
            raise _late(place) from error
        if status is None:
            raise _unanswered(place, text) from error
        said = _MESSAGE.search(text)
        told = (code[1] if code else status[1], said[1] if said else text, int(status[1]))
        raise _meant(place, *told) from error


@contextmanager
def driver_explained(uri: str, deadline: float | None) -> Iterator[None]:
    """Let what passes be tried again after an error of Delta's driver, and name the deadline.

    The driver makes requests again by itself, but for those whose answer broke off.
    """
    from deltalake.exceptions import DeltaError  # noqa: PLC0415 - on use

    try:
        yield
    except (DeltaError, OSError) as error:
        text = str(error)
        if deadline is not None and _TIMED_OUT in text:
            message = f"{uri}: the time allowed ran out before the server answered. Raise timeout=."
            raise DeadlineError(message) from error
        if _BROKEN_OFF in text:
            said = f"{uri}: the connection broke, also after several attempts. Try again later."
            raise TransientError(StoreError(said)) from error
        raise


def meaning(text: str) -> str:
    """Return what Delta's driver tells of an answer of the server, in words.

    Examples
    --------
    >>> meaning("Generic S3 error: <Error><Code>NoSuchBucket</Code><Key>…")
    'there is no such bucket. Make it, or correct bucket=.'
    """
    code = _CODE.search(text)
    return _MEANINGS.get(code[1] if code else "", scrubbed(text))


def _told(error: BaseException) -> tuple[str, str, int]:
    """Return the server's code, what it says, and the status of its answer.

    s3fs makes errors of the system of them.
    """
    found: BaseException | None = error
    while found is not None:
        response: Any = getattr(found, "response", None)
        if isinstance(response, dict) and "Error" in response:
            told = response["Error"]
            status = response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            return str(told.get("Code", "")), str(told.get("Message", "") or found), int(status)
        found = found.__cause__
    return "", " ".join(str(error).split()), 0

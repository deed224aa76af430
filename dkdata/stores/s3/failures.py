"""What the errors of an S3 server mean to a caller."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from dkdata.errors import ConflictError, DeadlineError, StoreError
from dkdata.retrying import TransientError
from dkdata.secrets import scrubbed
from dkdata.stores.delta.place import LOG

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

    place = f"s3://{bucket}/{key.partition(f'/{LOG}')[0]}"
    try:
        yield
    except NoCredentialsError as error:
        message = f"{place}: {NO_KEYS}"
        raise StoreError(message) from error
    except FSTimeoutError as error:
        message = f"{place}: the time allowed ran out before the server answered. Raise timeout=."
        raise DeadlineError(message) from error
    except (ConnectionError, HTTPClientError, ClientPayloadError) as error:
        said = scrubbed(str(error).split("?")[0])  # without what follows in the address
        passing = StoreError(f"{place}: no server answers: {said}. Correct endpoint_url=.")
        raise TransientError(passing) from error
    except (ClientError, OSError, BotoCoreError) as error:
        raise _meant(place, error) from error


def _meant(place: str, error: Exception) -> Exception:
    code, said, status = _told(error)
    if code in _ABSENT or (code == "" and isinstance(error, FileNotFoundError)):
        return FileNotFoundError(place)
    if code in _TAKEN:
        return TakenError(f"{place}: somebody else wrote at the same time. Try again.")
    found = StoreError(f"{place}: {_MEANINGS.get(code, scrubbed(said))}")
    passes = code in _PASSING or status == _TOO_MANY or status >= _SERVER_FAILED
    return TransientError(found) if passes else found


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

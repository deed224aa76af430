"""What messages and labels show in the place of a secret."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

HIDDEN: Final = "***"
_NAMES: Final = re.compile(
    r"pass(?!file)|pwd|secret|token|credential|(?:api|private|access|account)[-_ ]?key",
    re.IGNORECASE,
)
_PAIR: Final = re.compile(r"""([\w%.+-]+)(\s*=\s*)('(?:[^'\\]|\\.)*'|"[^"]*"|[^\s&;#]*)""")
_URL: Final = re.compile(r"""[A-Za-z][\w+.-]*://[^\s'"]+""")
_NETLOC_END: Final = re.compile(r"[/?#]")
_SHORTEST: Final = 4


def is_secret(name: str) -> bool:
    """Return whether what is called so is not to be shown.

    Examples
    --------
    >>> is_secret("password"), is_secret("api_key"), is_secret("key"), is_secret("passfile")
    (True, True, False, False)
    """
    return _NAMES.search(unquote_plus(name)) is not None


def redacted(url: str) -> str:
    """Return a URL without its passwords, also where it is not well formed.

    A password that holds ``/``, ``?``, ``#`` or ``@`` as they are ends at the last ``@``: rather
    is too much hidden than a part shown.

    Examples
    --------
    >>> redacted("postgresql://ada:1815@localhost/shop?sslmode=require#sales.orders")
    'postgresql://ada:***@localhost/shop?sslmode=require#sales.orders'
    >>> redacted("postgresql://ada:a/b@c#d@localhost/shop?password=x")
    'postgresql://ada:***@localhost/shop?password=***'
    """
    scheme, separator, rest = url.partition("://")
    if not separator:
        scheme, rest = "", url
    user, colon, after = rest.partition(":")
    _, at, host = after.rpartition("@")
    if colon and at and not _NETLOC_END.search(user):
        rest = f"{user}:{HIDDEN}@{host}"
    return scheme + separator + _PAIR.sub(_without_value, rest)


def _without_value(pair: re.Match[str]) -> str:
    return pair[1] + pair[2] + HIDDEN if is_secret(pair[1]) and pair[3] else pair[0]


def scrubbed(text: str, secrets: Iterable[str] = ()) -> str:
    """Return a message of a driver or of SQL without passwords of URLs and without ``secrets``.

    Examples
    --------
    >>> scrubbed("no access to 'postgresql://ada:1815@db/shop' with key 4711", ["4711"])
    "no access to 'postgresql://ada:***@db/shop' with key ***"
    """
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= _SHORTEST:
            text = text.replace(secret, HIDDEN)
    return _URL.sub(lambda found: redacted(found[0]), text)

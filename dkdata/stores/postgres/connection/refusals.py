"""Why there is no connection, and whether there may be one later."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING

from dkdata.dialects.fragment import quote
from dkdata.errors import StoreError
from dkdata.retrying import TransientError
from dkdata.stores.postgres.connection.failures import SERVED, reason, text_of, words
from dkdata.stores.postgres.connection.rights import grant, names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.postgres.connection.parameters import Parameters

_ABSENT = "Is the server running there? Check host and port"
_REFUSED = {
    "password authentication failed": (
        "The password is refused. Check it in the configuration, PGPASSWORD or ~/.pgpass"
    ),
    "no password supplied": "Give a password in the configuration, PGPASSWORD or ~/.pgpass",
    "does not exist": "Check the names of the database and of the role",
    "could not translate host name": "Check the name of the host",
    "pg_hba.conf": "The server does not let in this role from here: see its pg_hba.conf",
    "Connection refused": _ABSENT,
    "No such file or directory": _ABSENT,
}
_PASSING_WORDS = (
    "starting up", "shutting down", "in recovery mode", "not yet accepting connections",
    "too many clients", "too many connections", "remaining connection slots",
)  # fmt: skip


@contextmanager
def translated(parameters: Parameters, *, is_known: bool) -> Iterator[None]:
    """Say why there is no connection; what passes by itself may be tried again.

    Parameters
    ----------
    is_known
        Whether the server was there before, so that it may come back.
    """
    import psycopg2  # noqa: PLC0415 - on use

    try:
        yield
    except (psycopg2.Error, UnicodeDecodeError) as error:
        said = words(error)  # not shown: it may hold a secret, or be torn where that is hidden
        hint = _hint(said, parameters)
        shown = reason(error, parameters)
        message = f"cannot connect to {parameters.place} as role {parameters.role!r}: {shown}."
        found = StoreError(f"{message} {hint}." if hint else message)
        found.__cause__ = error
        if _passes(error, said, hint, parameters, is_known=is_known):
            raise TransientError(found) from error
        raise found from error


def _hint(said: str, parameters: Parameters) -> str:
    if re.search(r"\bCONNECT\b", said):  # in all languages
        database = parameters.database or parameters.role
        return grant(["CONNECT"], f"DATABASE {quote(database)}", parameters.role)
    return next((hint for part, hint in _REFUSED.items() if part in said), "")


def _passes(
    error: BaseException, said: str, hint: str, parameters: Parameters, *, is_known: bool
) -> bool:
    """Whether a connection may be had later; nothing but the server's words tells.

    What it says in another language passes if it names neither the role nor the database: then it
    takes nobody. A role or a password that is wrong must not be tried again, which may lock it out.
    """
    if any(part in said for part in _PASSING_WORDS):
        return True
    if hint:
        return is_known and hint == _ABSENT
    own = (parameters.user, parameters.database or parameters.user)
    is_answer = any(found[1] for found in SERVED.finditer(text_of(error)))
    return not any(name is None or names(said, name) for name in own) if is_answer else is_known

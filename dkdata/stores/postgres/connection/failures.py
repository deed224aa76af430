"""What PostgreSQL's errors mean to a caller; which of them pass by themselves."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from dkdata.errors import (
    ConflictError,
    DeadlineError,
    DkError,
    QueryError,
    SchemaError,
    StoreError,
    UsageError,
)
from dkdata.retrying import TransientError
from dkdata.stores.postgres.connection import rights

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dkdata.stores.postgres.connection.parameters import Parameters
    from dkdata.stores.postgres.connection.session import Session

_HIDDEN = "***"
_UNTOLD = "invalid socket"  # what the driver says when it has lost what the server said
# How libpq begins what it says of a server, whose place the message has already; and the server its
# answer, in its language: "FATAL:  ".
SERVED = re.compile(r"connection to server (?:at|on socket) .*? failed: ([^:\n]+:  )?|FATAL: +")
# Server is starting, stopping, out of connections; the line broke; two transactions met.
_PASSING = ("08", "53300", "40001", "40P01", "25P03")


class LostError(TransientError):
    """The connection broke: what has become of the statement, no answer says."""


@contextmanager
def translated(session: Session) -> Iterator[None]:
    """Turn errors of the driver into dkdata's, without secrets."""
    import psycopg2  # noqa: PLC0415 - on use

    try:
        yield
    except psycopg2.Error as error:
        _raise(error, session)


def code_of(error: BaseException) -> str:
    """Return the server's code of the driver's error, or of what it became; else nothing."""
    found = getattr(error, "pgcode", None) or getattr(error.__cause__, "pgcode", None)
    return str(found or "")


def _raise(error: Any, session: Session) -> NoReturn:  # noqa: ANN401 - of an untyped driver
    code = code_of(error)
    if code.startswith("57P") or (not code and _is_broken(error, session)):
        session.discard()
        said = reason(error, session.parameters)
        told = "" if said == _UNTOLD else f" ({said})"
        lost = StoreError(
            f"{session.parameters.place}: the connection was lost during {session.doing}{told}."
        )
        lost.__cause__ = error
        raise LostError(lost) from error
    kind, what, remedy = _meaning(error, session)
    found = kind(f"{what} {session.outcome}{remedy}".rstrip())
    if code.startswith(_PASSING):
        found.__cause__ = error
        raise TransientError(found, what) from error
    raise found from error


def _is_broken(error: Any, session: Session) -> bool:  # noqa: ANN401 - of an untyped driver
    import psycopg2  # noqa: PLC0415 - on use

    is_operational = isinstance(error, (psycopg2.OperationalError, psycopg2.InterfaceError))
    return bool(session.connection.closed) or not session.is_usable or is_operational


def reason(error: BaseException, parameters: Parameters) -> str:
    """Return what the server says, in one line and without secrets."""
    text = words(error)
    for secret in parameters.secrets:
        text = text.replace(secret, _HIDDEN)
    return text


def words(error: BaseException) -> str:
    """Return what the server says, in one line; it may hold a secret."""
    diagnosed = getattr(getattr(error, "diag", None), "message_primary", None)
    detail = getattr(getattr(error, "diag", None), "message_detail", None)
    text = re.sub(r"\n\t.*", "", (diagnosed or text_of(error)).strip())  # what libpq presumes
    text = SERVED.sub("", text).rstrip(".")
    if detail:
        text += f": {detail.strip().rstrip('.')}"
    return re.sub(r"\s*\n\s*", " ", text)


def text_of(error: BaseException) -> str:
    """Return what the driver says; a server that has not let in speaks in any encoding."""
    if isinstance(error, UnicodeDecodeError):
        return error.object.decode(errors="replace")
    return str(error)


def _meaning(error: Any, session: Session) -> tuple[type[DkError], str, str]:  # noqa: ANN401
    """Return what an error of the server means: its class, what happened and what to do."""
    code, said = code_of(error), reason(error, session.parameters)
    kind, *forms = next(found for prefix, found in _MEANINGS.items() if code.startswith(prefix))
    what, remedy = (
        form.format(
            said=said,
            role=session.role,
            right=rights.missing(said, session, _statement(error)) if code == "42501" else "",
            hint=getattr(error.diag, "message_hint", None) or "",
        )
        for form in forms
    )
    return kind, f"{session.doing} at {session.parameters.place}: {what}.", remedy


def _statement(error: Any) -> str:  # noqa: ANN401 - of an untyped driver
    query = error.cursor.query if error.cursor is not None else None
    return (query or b"").decode(errors="replace")


# By the beginning of the server's code, the longer first: what happened, and a remedy.
_MEANINGS: dict[str, tuple[type[DkError], str, str]] = {
    "42501": (StoreError, "role {role!r} lacks a right: {said}", "{right}."),
    "57014": (
        DeadlineError,
        "the server stopped it: {said}",
        "If it is a limit of role {role!r}, raise it: ALTER ROLE … SET statement_timeout = ….",
    ),
    "55P03": (DeadlineError, "{said}", "Try again, or raise timeout=."),
    "25006": (StoreError, "the database is read-only: {said}", "Connect to one that takes writes."),
    "53100": (StoreError, "the disk is full: {said}", "Make room."),
    "53300": (StoreError, "no connection is free: {said}", "Try again later."),
    "40": (ConflictError, "somebody else wrote at the same time: {said}", "Try again."),
    "2BP01": (UsageError, "other objects depend on it: {said}", "Drop those first."),
    "22021": (SchemaError, "the database cannot hold the text: {said}", "Change it."),
    "22P05": (SchemaError, "the database cannot hold the text: {said}", "Change it."),
    "22": (QueryError, "{said}", "Change the values, or the type of the column."),
    "54": (SchemaError, "that is more than the server takes: {said}", "Make it smaller."),
    "23": (ConflictError, "the rows break a rule of the table: {said}", "Change them."),
    "55000": (StoreError, "{said}", "{hint}"),
    "": (StoreError, "{said}", ""),
}

"""What PostgreSQL's errors mean to a caller; which of them pass by themselves."""

from __future__ import annotations

import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NoReturn

from dkdata.dialects.fragment import quote
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

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from dkdata.stores.postgres.connection.parameters import Parameters
    from dkdata.stores.postgres.connection.session import Session

_HIDDEN = "***"
_UNTOLD = "invalid socket"  # what the driver says when it has lost what the server said
# How libpq begins what it says of a server, whose place the message has already; and the server its
# answer, in its language: "FATAL:  ".
_SERVED = re.compile(r"connection to server (?:at|on socket) .*? failed: ([^:\n]+:  )?|FATAL: +")
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
    diagnosed = getattr(getattr(error, "diag", None), "message_primary", None)
    detail = getattr(getattr(error, "diag", None), "message_detail", None)
    text = re.sub(r"\n\t.*", "", (diagnosed or _text(error)).strip())  # what libpq presumes
    text = _SERVED.sub("", text).rstrip(".")
    if detail:
        text += f": {detail.strip().rstrip('.')}"
    text = re.sub(r"\s*\n\s*", " ", text)
    for secret in parameters.secrets:
        text = text.replace(secret, _HIDDEN)
    return text


def _text(error: BaseException) -> str:
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
            right=_right(said, session, _statement(error)) if code == "42501" else "",
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
_WRITES, _MAKES, _OWNED = ("INSERT", "UPDATE", "DELETE"), ("CREATE", "ALTER"), ("ALTER", "DROP")
_PLACED = re.compile(r'("(?:[^"]|"")+")\.("(?:[^"]|"")+")')


def _right(said: str, session: Session, sql: str) -> str:
    """Return what an administrator has to grant, as far as it is known what is missing.

    The statement tells, and which of its names the server repeats: the rest is in its language.
    """
    role = session.role
    if sql.startswith("CREATE TEMPORARY"):
        return _grant(["TEMPORARY"], f"DATABASE {quote(session.connection.info.dbname)}", role)
    placed = [found.groups() for found in _PLACED.finditer(sql)]
    for schema, table in placed:
        if _names(said, table) and sql.startswith(_OWNED):
            return "Have its owner do it, or an administrator make this role a member of that one"
        if _names(said, table):
            verbs = [verb for verb in _WRITES if re.search(rf"\b{verb}\b", sql)]
            locked = _WRITES[:2] if "IN ROW EXCLUSIVE" in sql else _WRITES
            rights = ["SELECT", *(locked if sql.startswith("LOCK") else verbs)]
            return _grant(rights, f"{schema}.{table}", role)
    for schema, _ in placed:
        if _names(said, schema):
            rights = ["USAGE", *(["CREATE"] if sql.startswith(_MAKES) else [])]
            return _grant(rights, f"SCHEMA {schema}", role)
    return "Ask an administrator for it"


def _names(said: str, name: str) -> bool:
    """Whether a text names what has that name, or that quoted name."""
    bare = name.removeprefix('"').removesuffix('"').replace('""', '"')
    return re.search(rf"(?<!\w){re.escape(bare)}(?!\w)", said) is not None


def _grant(rights: Sequence[str], what: str, role: str) -> str:
    return f"Have an administrator run: GRANT {', '.join(rights)} ON {what} TO {quote(role)}"


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
def of_connecting(parameters: Parameters, *, is_known: bool) -> Iterator[None]:
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
        said = reason(error, parameters)
        hint = _hint(said, parameters)
        message = f"cannot connect to {parameters.place} as role {parameters.role!r}: {said}."
        found = StoreError(f"{message} {hint}." if hint else message)
        found.__cause__ = error
        if _passes(error, said, hint, parameters, is_known=is_known):
            raise TransientError(found) from error
        raise found from error


def _hint(said: str, parameters: Parameters) -> str:
    if "CONNECT" in said:  # in all languages
        database = parameters.database or parameters.role
        return _grant(["CONNECT"], f"DATABASE {quote(database)}", parameters.role)
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
    names = (parameters.user, parameters.database or parameters.user)
    is_answer = any(found[1] for found in _SERVED.finditer(_text(error)))
    takes_nobody = is_answer and not any(name is None or _names(said, name) for name in names)
    return is_known or takes_nobody

"""The options of a configured PostgreSQL database."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, Field, SecretStr, field_validator

from dkdata.options import StoreOptions
from dkdata.secrets import redacted
from dkdata.stores.postgres.connection.parameters import Parameters

if TYPE_CHECKING:
    from collections.abc import Mapping

_SCHEMES = ("postgresql://", "postgres://")
# With one of these in the environment, libpq knows where to go.
_PLACES = ("PGHOST", "PGHOSTADDR", "PGSERVICE", "PGDATABASE")


class PostgresOptions(StoreOptions):
    """Where the database is, and as whom to connect; what is left out, libpq finds.

    That is: the variables ``PGHOST``, ``PGUSER``, ``PGPASSWORD`` and so on, ``~/.pgpass``, the
    files of services. Where nothing says where the database is, ``DATABASE_URL`` does.

    Examples
    --------
    >>> from dkdata.options import checked
    >>> given = {"host": "db", "database": "shop", "password": "0123", "read_only": "true"}
    >>> checked(PostgresOptions, given, "stores.warehouse").parameters().place
    "db:5432, database 'shop'"
    """

    url: SecretStr | None = None
    host: str | None = None
    port: int | None = Field(None, ge=1, le=65_535)
    database: str | None = Field(None, validation_alias=AliasChoices("database", "dbname", "db"))
    user: str | None = Field(None, validation_alias=AliasChoices("user", "username"))
    password: SecretStr | None = None
    service: str | None = None
    passfile: str | None = None
    sslmode: str | None = None
    sslrootcert: str | None = None
    sslcert: str | None = None
    sslkey: str | None = None
    application_name: str | None = None
    connect_timeout: int | None = Field(None, ge=1)
    search_path: str | None = Field(None, validation_alias=AliasChoices("schema", "search_path"))
    read_only: bool = False

    @field_validator("url")
    @classmethod
    def _is_url(cls, url: SecretStr | None) -> SecretStr | None:
        if url is not None:
            _parsed(url.get_secret_value())
        return url

    def parameters(self) -> Parameters:
        """Return how to connect."""
        told = self.model_dump(exclude_none=True, exclude={"url", "search_path", "read_only"})
        if "database" in told:
            told["dbname"] = told.pop("database")
        given = {name: _plain(value) for name, value in told.items()}
        url = self.url.get_secret_value() if self.url else _url_of_environment(given)
        settings = {"search_path": self.search_path} if self.search_path else {}
        placed = {**(_parsed(url) if url else {}), **given}
        return Parameters.of(placed, settings, is_read_only=self.read_only)


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _url_of_environment(given: Mapping[str, str]) -> str | None:
    is_placed = {"host", "service", "dbname"} & set(given) or set(_PLACES) & set(os.environ)
    url = os.environ.get("DATABASE_URL", "")
    return url if not is_placed and url.startswith(_SCHEMES) else None


def _parsed(url: str) -> dict[str, Any]:
    """Return what libpq reads in a URL or in ``name=value`` pairs."""
    import psycopg2  # noqa: PLC0415 - on use
    from psycopg2.extensions import parse_dsn  # noqa: PLC0415

    with suppress(psycopg2.ProgrammingError):  # its text may hold a part of the password
        if not _is_torn(url):
            return dict(parse_dsn(url))
    problem = (
        f"{redacted(url)!r} is not understood. Give 'postgresql://user:password@host:5432/db',"
        " with %-codes for the characters : / ? # [ ] @ % in a user or a password."
    )
    raise ValueError(problem)


def _is_torn(url: str) -> bool:
    """Return whether libpq would take a part of a password for the host or the database."""
    place, _, database = url.partition("?")[0].partition("://")[2].partition("/")
    return place.count("@") > 1 or "@" in database

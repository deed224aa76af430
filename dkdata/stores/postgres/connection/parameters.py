"""How to reach a PostgreSQL server: what the configuration or a URL says."""

from __future__ import annotations

import math
import os
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

_SHORTEST_SECONDS = 2  # libpq knows no shorter wait for a connection
_ALIVE = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}


@dataclass(frozen=True)
class Parameters:
    """What libpq is given; the rest it takes from its variables and files, as psql does.

    Parameters
    ----------
    given
        Keywords of libpq and their values, sorted.
    variables
        Those of the environment that libpq reads, so that a change of them is another server.
    session
        Settings of each transaction, such as ``search_path``.
    is_read_only
        Whether the server is to refuse every write.
    """

    given: tuple[tuple[str, str], ...] = field(repr=False)
    variables: tuple[tuple[str, str], ...] = field(repr=False)
    session: tuple[tuple[str, str], ...] = ()
    is_read_only: bool = False

    @classmethod
    def of(
        cls, given: Mapping[str, str], settings: Mapping[str, str], *, is_read_only: bool = False
    ) -> Parameters:
        """Return the parameters of a connection that is opened now."""
        seen = {name: value for name, value in os.environ.items() if name.startswith("PG")}
        return cls(_sorted(given), _sorted(seen), _sorted(settings), is_read_only)

    @property
    def settings(self) -> dict[str, str]:
        """The settings of each transaction."""
        return dict(self.session)

    @property
    def place(self) -> str:
        """The server and its database, as messages call them."""
        given, known = dict(self.given), dict(self.variables)
        host = given.get("host") or given.get("hostaddr") or known.get("PGHOST") or "localhost"
        port = given.get("port") or known.get("PGPORT") or "5432"
        database = self.database
        if "service" in given or ("PGSERVICE" in known and "host" not in given):
            return f"service {given.get('service') or known['PGSERVICE']!r}"
        return f"{host}:{port}" + (f", database {database!r}" if database else "")

    @property
    def database(self) -> str | None:
        """The name of the database, where it is said; else it is that of the role."""
        return dict(self.given).get("dbname") or dict(self.variables).get("PGDATABASE")

    @property
    def user(self) -> str | None:
        """The role that connects, where it is said."""
        return dict(self.given).get("user") or dict(self.variables).get("PGUSER")

    @property
    def role(self) -> str:
        """The role that connects, as messages call it."""
        return self.user or "of this system's user"

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        given, known = dict(self.given), dict(self.variables)
        found = (given.get("password"), given.get("sslpassword"), known.get("PGPASSWORD"))
        return tuple(secret for secret in found if secret)

    def keywords(self, deadline: float | None) -> dict[str, Any]:
        """Return the arguments of a connection, which is given up at ``deadline``."""
        wanted: dict[str, Any] = {"application_name": "dkdata", "client_encoding": "UTF8"}
        wanted |= _ALIVE | dict(self.given)
        if deadline is not None and "connect_timeout" not in wanted:
            # libpq counts whole seconds of the clock: it may give up a second before they are over.
            left = math.ceil(deadline - time.monotonic()) + 1
            wanted["connect_timeout"] = max(_SHORTEST_SECONDS, left)
        return wanted


def _sorted(part: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(part.items()))

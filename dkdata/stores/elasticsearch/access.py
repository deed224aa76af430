"""How a server is reached, and as whom."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Access:
    """How a server is reached; nobody has to know its secrets to use it.

    Parameters
    ----------
    hosts
        URLs of its nodes, without credentials.
    """

    hosts: tuple[str, ...] = ()
    cloud_id: str | None = None
    api_key: str | None = field(default=None, repr=False)
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    bearer_token: str | None = field(default=None, repr=False)
    ca_certs: str | None = None
    verify_certs: bool = True

    @property
    def shown(self) -> str:
        """What messages call the server."""
        return ", ".join(self.hosts) or str(self.cloud_id).partition(":")[0]

    @property
    def secrets(self) -> tuple[str, ...]:
        """What no message may show."""
        told = (self.api_key, self.password, self.bearer_token)
        return tuple(secret for secret in told if secret)

    @property
    def authorization(self) -> dict[str, str]:
        """The header that says as whom it is asked."""
        if self.api_key:
            key = _encoded(self.api_key) if ":" in self.api_key else self.api_key
            return {"authorization": f"ApiKey {key}"}
        if self.bearer_token:
            return {"authorization": f"Bearer {self.bearer_token}"}
        if self.username is not None:
            user = _encoded(f"{self.username}:{self.password or ''}")
            return {"authorization": f"Basic {user}"}
        return {}

    def driver_options(self) -> dict[str, Any]:
        """Return what the official client is told."""
        options: dict[str, Any] = {"request_timeout": None, "max_retries": 0}
        if self.cloud_id:
            options["cloud_id"] = self.cloud_id
        else:
            options["hosts"] = list(self.hosts)
        if self.ca_certs:
            options["ca_certs"] = self.ca_certs
        if not self.verify_certs:
            options |= {"verify_certs": False, "ssl_show_warn": False}
        return options


def _encoded(text: str) -> str:
    return b64encode(text.encode()).decode()

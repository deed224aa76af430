"""How a server is reached: one description for the file system of Python and for Delta's driver."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from dkdata import engine
from dkdata.commit import remaining
from dkdata.errors import StoreError
from dkdata.stores.s3.failures import NO_KEYS

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECT_SECONDS = 10
_READ_SECONDS = 60
_RETRY_SECONDS = 180
_ATTEMPTS = 8
_SHORT_SECONDS = 4.0
_MOST_CONNECTIONS = 32
_ENDPOINTS = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")


@dataclass(frozen=True)
class Access:
    """A server, and as whom it is asked; equal ones share their clients.

    Parameters
    ----------
    is_path_style
        Whether the bucket is part of the path; by default where the server is not Amazon's.
    key, secret, token
        Without them, the AWS chain finds what there is.
    sse
        How the server encrypts what is written.
    variables
        Those of the environment that the drivers read, so that a change of them is another access.
    checksums
        When requests have checksums: old servers know them only ``"when_required"``.
    """

    endpoint_url: str | None = None
    region: str | None = None
    is_path_style: bool | None = None
    profile: str | None = None
    key: str | None = None
    secret: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    is_anonymous: bool = False
    sse: str | None = None
    sse_kms_key_id: str | None = None
    checksums: str | None = None
    variables: tuple[tuple[str, str], ...] = field(default=(), repr=False)

    @cached_property
    def endpoint(self) -> str | None:
        """The address of a server that is not Amazon's own: what is given, else the chain's."""
        given = (self.endpoint_url, *map(os.environ.get, _ENDPOINTS))
        found = next(filter(None, given), None)
        return found or self._session.get_scoped_config().get("endpoint_url")

    @property
    def known_region(self) -> str | None:
        """The region as it is configured, here or in the chain; nobody is asked."""
        return self.region or self._session.get_config_variable("region")

    @property
    def files(self) -> Any:  # noqa: ANN401 - of an untyped driver
        """The file system, one for all that is reached in this way."""
        return _files(self, os.getpid())  # a forked process lacks the threads of the driver

    @cached_property
    def _session(self) -> Any:  # noqa: ANN401 - of an untyped driver
        from botocore.session import Session  # noqa: PLC0415 - on use

        session = Session(profile=self.profile)
        if self.key:
            session.set_credentials(self.key, self.secret, self.token)
        return session

    @property
    def storage_options(self) -> dict[str, str]:
        """What Delta's driver is told: the keys of now, which the chain renews in time."""
        return {
            **self.object_options,
            **self.client_options,
            "max_retries": str(_ATTEMPTS),
            "retry_timeout": _limit(_RETRY_SECONDS),
        }

    @property
    def object_options(self) -> dict[str, str]:
        """Where the server is and as whom it is asked, with the keys of now."""
        told = {
            "aws_region": self.known_region or "us-east-1",
            "aws_conditional_put": "etag",
            "aws_virtual_hosted_style_request": str(not self._uses_paths).lower(),
        }
        if self.endpoint:
            told["aws_endpoint_url"] = self.endpoint
        return told | self._encryption | self._keys

    @property
    def client_options(self) -> dict[str, str]:
        """How long a request may take, in what is left of the time for a call."""
        return {
            "connect_timeout": _limit(_CONNECT_SECONDS),
            "timeout": _limit(_READ_SECONDS),
            "allow_http": str((self.endpoint or "").startswith("http://")).lower(),
        }

    @property
    def _uses_paths(self) -> bool:
        return self.endpoint is not None if self.is_path_style is None else self.is_path_style

    @property
    def _keys(self) -> dict[str, str]:
        if self.is_anonymous:
            return {"aws_skip_signature": "true"}
        found = self._session.get_credentials()
        if found is None:
            raise StoreError(NO_KEYS)
        now = found.get_frozen_credentials()
        keys = {"aws_access_key_id": now.access_key, "aws_secret_access_key": now.secret_key}
        return keys | ({"aws_session_token": now.token} if now.token else {})

    @property
    def _encryption(self) -> dict[str, str]:
        if self.sse is None:
            return {}
        told = {"aws_server_side_encryption": self.sse}
        return told | ({"aws_sse_kms_key_id": self.sse_kms_key_id} if self.sse_kms_key_id else {})

    def file_options(self) -> Mapping[str, Any]:
        """Return what a file system of Python is told that makes each request once."""
        config: dict[str, Any] = {
            "connect_timeout": _CONNECT_SECONDS,
            "read_timeout": _READ_SECONDS,
            "retries": {"mode": "standard", "total_max_attempts": 1},
            "max_pool_connections": _MOST_CONNECTIONS,
            "s3": {"addressing_style": "path" if self._uses_paths else "auto"},
        }
        if self.checksums:
            config["request_checksum_calculation"] = self.checksums
            config["response_checksum_validation"] = self.checksums
        written = {"ServerSideEncryption": self.sse, "SSEKMSKeyId": self.sse_kms_key_id}
        return {
            "anon": self.is_anonymous,
            "use_listings_cache": False,
            "endpoint_url": self.endpoint,
            "key": self.key,
            "secret": self.secret,
            "token": self.token,
            "client_kwargs": {"region_name": self.region} if self.region else {},
            "config_kwargs": config,
            "s3_additional_kwargs": {name: value for name, value in written.items() if value},
            **({"profile": self.profile} if self.profile else {}),
        }


def _limit(usual: float) -> str:
    """Return a time limit as drivers take it: no longer than the call that it is for has left.

    In steps, as a driver has one for all its requests, and clients with others are made anew.
    """
    left = remaining(engine.current_deadline(), "the server")
    limit = usual if left is None else min(usual, left)
    step = 1.0 if limit > _SHORT_SECONDS else 0.25
    return f"{round(1000 * step * math.ceil(limit / step))}ms"


@cache
def _files(access: Access, _: int) -> Any:  # noqa: ANN401 - of an untyped driver
    from dkdata.stores.s3.files import Files  # noqa: PLC0415 - loads s3fs

    return Files(access)

"""The options of a configured Elasticsearch server."""

from __future__ import annotations

import re
from typing import Any, Self
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator

from dkdata.options import PathOption, StoreOptions
from dkdata.secrets import redacted
from dkdata.stores.elasticsearch.access import Access

_PREFIX = re.compile(r"[a-z0-9][a-z0-9._-]{0,50}")
_PORTS = {"http": 9200, "https": 443}


class ElasticsearchOptions(StoreOptions):
    """Where the server is, and as whom to ask.

    Examples
    --------
    >>> from dkdata.options import checked
    >>> given = {"hosts": "http://localhost:9200", "api_key": "bm8="}
    >>> checked(ElasticsearchOptions, given, "stores.search").access().shown
    'http://localhost:9200'
    """

    hosts: tuple[SecretStr, ...] = Field((), validation_alias=AliasChoices("hosts", "host", "url"))
    cloud_id: str | None = None
    api_key: SecretStr | None = None
    username: str | None = Field(None, validation_alias=AliasChoices("username", "user"))
    password: SecretStr | None = None
    bearer_token: SecretStr | None = None
    ca_certs: PathOption | None = None
    verify_certs: bool = True
    prefix: str = ""

    @field_validator("hosts", mode="before")
    @classmethod
    def _are_several(cls, hosts: Any) -> Any:  # noqa: ANN401 - as it was given
        return [part.strip() for part in hosts.split(",")] if isinstance(hosts, str) else hosts

    @field_validator("hosts")
    @classmethod
    def _are_urls(cls, hosts: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
        for host in hosts:
            parts = urlsplit(host.get_secret_value())
            if parts.scheme not in _PORTS or not parts.hostname:
                problem = (
                    f"{redacted(host.get_secret_value())!r} is no address of a server. Write"
                    " 'http://search.example.com:9200', or https://."
                )
                raise ValueError(problem)
        return hosts

    @field_validator("prefix")
    @classmethod
    def _is_prefix(cls, prefix: str) -> str:
        if prefix and not _PREFIX.fullmatch(prefix):
            problem = (
                f"{prefix!r} is no beginning of a name: those have small letters, digits, '-', '_'"
                " and '.', and begin with one of the former."
            )
            raise ValueError(problem)
        return prefix

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if bool(self.hosts) == bool(self.cloud_id):
            problem = "either hosts or cloud_id says where the server is. Give one of them."
            raise ValueError(problem)
        ways = [self.api_key, self.username, self.bearer_token]
        if sum(way is not None for way in ways) > 1:
            problem = "api_key, username and bearer_token are three ways to log in. Give one."
            raise ValueError(problem)
        return self

    def access(self) -> Access:
        """Return how to reach the server; what a URL says of the user counts, too."""
        urls = [urlsplit(host.get_secret_value()) for host in self.hosts]
        username, password = self.username, _told(self.password)
        for url in urls:
            if username is None and url.username:
                username, password = unquote(url.username), unquote(url.password or "")
        return Access(
            hosts=tuple(map(_address, urls)),
            cloud_id=self.cloud_id,
            api_key=_told(self.api_key),
            username=username,
            password=password,
            bearer_token=_told(self.bearer_token),
            ca_certs=None if self.ca_certs is None else str(self.ca_certs),
            verify_certs=self.verify_certs,
        )


def _address(url: SplitResult) -> str:
    port = url.port or _PORTS[url.scheme]
    return f"{url.scheme}://{url.hostname}:{port}{url.path.rstrip('/')}"


def _told(secret: SecretStr | None) -> str | None:
    return None if secret is None else secret.get_secret_value()

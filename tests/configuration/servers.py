"""Stores with the options of a server, and configurations of them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import pandas as pd
from pydantic import Field, SecretStr

import dkdata as dk
from dkdata.options import StoreOptions
from dkdata.stores.memory import MemoryStore

FRAME = pd.DataFrame({"a": [1, 2]})


class ServerOptions(StoreOptions):
    host: str = "localhost"
    port: int = Field(default=80, ge=1, le=65_535)
    user: str | None = None
    password: SecretStr | None = None
    api_key: str | None = None
    secure: bool = False
    share: float = 0.5
    level: Literal["low", "high"] = "low"
    url: str | None = None


class ServerStore(MemoryStore):
    options_model = ServerOptions
    opened: list[ServerStore] = []  # noqa: RUF012 - counted by the tests

    def __init__(self, name="server", **options):
        super().__init__(name)
        self.options = options
        self.is_closed = False
        self.opened.append(self)

    def close(self):
        self.is_closed = True


class DeadStore(MemoryStore):
    def tables(self):
        message = "the server does not answer"
        raise dk.errors.StoreError(message)


def configured(text):
    """Read a configuration in which ``server`` and ``dead`` are backends."""
    for name in ("Server", "Dead"):
        dk.register_backend(name.lower(), f"{__name__}:{name}Store")
    Path("dkdata.yaml").write_text(text, encoding="utf-8")
    return dk.configure()


def options(text):
    """Return the options that a store has of lines of YAML."""
    lines = "".join(f"    {line}\n" for line in text.splitlines())
    return configured(f"stores:\n  s:\n    backend: server\n{lines}").store("s").options

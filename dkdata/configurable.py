"""How a store is made of options or of a URL."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from dkdata.errors import ConfigError, UsageError
from dkdata.secrets import redacted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import BaseModel


class Configurable:
    """What a configuration and a URL can open.

    Attributes
    ----------
    options_model
        The pydantic model of the options, whose fields are arguments of the class, or its place
        ``"module:Model"``, which is imported on use; ``None`` has no options.
    """

    options_model: ClassVar[type[BaseModel] | str | None] = None

    @classmethod
    def from_config(
        cls,
        options: Mapping[str, Any],
        name: str = "",
        *,
        place: str = "",
        folder: Path | None = None,
    ) -> Self:
        """Open the store that options describe, each checked and converted by its field.

        Parameters
        ----------
        name
            What messages call the store; without it, the class decides.
        place
            Where the options stand, for messages.
        folder
            What relative paths in them are relative to; ``None`` is the current directory.

        Raises
        ------
        ConfigError
            An option is not known, is missing, or has a value that it cannot have.

        Examples
        --------
        >>> from dkdata.registry import store_class
        >>> store_class("file").from_config({"path": "data", "format": "csv"}, "exports").name
        'exports'
        """
        model = cls._options_class()
        if model is None:
            for key in options:
                raise ConfigError.unknown(place or cls.__name__, key, ())
            return cls(**cls._named(name))
        from dkdata.options import checked  # noqa: PLC0415 - loads pydantic

        return cls._from_options(checked(model, options, place or cls.__name__, folder), name)

    @classmethod
    def _from_options(cls, options: Any, name: str) -> Self:  # noqa: ANN401 - the store's own model
        """Open the store of checked options."""
        given = {field: getattr(options, field) for field in type(options).model_fields}
        return cls(**given, **cls._named(name))

    @classmethod
    def _named(cls, name: str) -> dict[str, Any]:
        return {"name": name} if name else {}

    @classmethod
    def _options_class(cls) -> type[BaseModel] | None:
        model = cls.options_model
        if isinstance(model, str):
            module, _, class_name = model.partition(":")
            loaded: type[BaseModel] = getattr(import_module(module), class_name)
            return loaded
        return model

    @classmethod
    def option_names(cls) -> list[str]:
        """Return the names of the options that the store has."""
        model = cls._options_class()
        return [] if model is None else list(model.model_fields)

    @classmethod
    def from_url(cls, url: str, name: str = "", **options: object) -> Self:
        """Open the store of a URL without a table; further options stand for what it lacks.

        Examples
        --------
        >>> from dkdata.registry import store_class
        >>> store_class("duckdb").from_url("duckdb:///shop.duckdb").name
        'shop.duckdb'
        """
        own = cls.url_options(url)
        shown = redacted(url)
        return cls.from_config(
            {**own, **options}, name or (shown if "url" in own else ""), place=shown
        )

    @classmethod
    def table_of_url(cls, url: str) -> tuple[str, str]:
        """Return the URL of a store, and the name of the table that follows it.

        Raises
        ------
        UsageError
            No table follows.

        Examples
        --------
        >>> Configurable.table_of_url("duckdb:///shop.duckdb#orders")
        ('duckdb:///shop.duckdb', 'orders')
        """
        base, _, table = url.partition("#")
        rest = base.partition("://")[2]
        shown = redacted(url)
        if "@" in table and ":" in rest and "@" not in rest:
            message = (
                f"{shown!r}: write a '#' of a password as %23, an '@' of a table's name as %40."
            )
            raise UsageError(message)
        if not table:
            message = f"{shown!r} names no table. Add '#' and its name: '{redacted(base)}#orders'."
            raise UsageError(message)
        return base, unquote(table)

    @classmethod
    def url_options(cls, url: str) -> dict[str, Any]:
        """Return what a URL says, as options: the URL itself, or its path and what follows ``?``.

        A bare name after three slashes is a path in the current directory.
        """
        names = cls.option_names()
        if "url" in names:
            return {"url": url}
        parts = urlsplit(url)
        text = unquote(parts.netloc + parts.path)
        given: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
        if text.strip("/") or "path" in names:
            path = Path(text)
            is_bare = path.parent == Path(path.root) and not text.startswith("//")
            given["path"] = path.name if is_bare else re.sub("^//+", "/", text)
        return given

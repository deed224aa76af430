"""``df.dk`` on pandas and polars frames: every method forwards to the function of its name."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any

import pandas as pd
import polars as pl

from dkdata import api
from dkdata.validation import Schema

if TYPE_CHECKING:
    from collections.abc import Callable


def _forwarding(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return the method that calls ``function`` with the accessor's frame first."""

    @wraps(function)
    def method(self: Accessor, *arguments: Any, **options: Any) -> Any:  # noqa: ANN401
        return function(self._frame, *arguments, **options)

    return method


class Accessor:
    """The verbs of dkdata on one frame; holds nothing but the frame.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> pd.DataFrame({"a": [1, 2]}).dk.save("memory.pair", mode="replace").rows
    2
    """

    def __init__(self, frame: Any) -> None:  # noqa: ANN401 - pandas or polars
        self._frame = frame

    def __repr__(self) -> str:
        """Return what the frame can do."""
        named = {name: value for name, value in vars(Accessor).items() if name[0] != "_"}
        told = [f".{name}{'()' * callable(value)}" for name, value in named.items()]
        return "dkdata on a frame: " + ", ".join(told)

    save = _forwarding(api.save)
    query = _forwarding(api.query)
    validate = _forwarding(api.validate)
    suggest = _forwarding(api.suggest)
    coerce = _forwarding(api.coerce)
    explore = _forwarding(api.explore)
    profile = _forwarding(api.profile)
    estimate_cost = _forwarding(api.estimate_cost)

    @property
    def schema(self) -> Schema:
        """The names and types of the frame's columns."""
        return Schema.infer(self._frame)


def register() -> None:
    """Put ``dk`` on pandas and polars frames."""
    pd.api.extensions.register_dataframe_accessor("dk")(Accessor)
    pl.api.register_dataframe_namespace("dk")(Accessor)
    pl.api.register_lazyframe_namespace("dk")(Accessor)

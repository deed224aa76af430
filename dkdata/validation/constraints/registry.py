"""The functions of custom constraints, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import ExpectationNotFoundError, did_you_mean, listing

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

_FUNCTIONS: Final[dict[str, Callable[[pd.Series[Any]], Any]]] = {}


def register(name: str, function: Callable[[pd.Series[Any]], Any]) -> None:
    """Keep the function of a custom constraint, in place of another of that name."""
    _FUNCTIONS[name] = function


def is_registered(name: str) -> bool:
    """Whether a function was registered for a custom constraint."""
    return name in _FUNCTIONS


def function_of(name: str) -> Callable[[pd.Series[Any]], Any]:
    """Return the function that was registered for a custom constraint.

    Raises
    ------
    ExpectationNotFoundError
        There is none of that name.
    """
    if name not in _FUNCTIONS:
        message = (
            f"no function of a custom constraint is registered as {name!r}."
            f"{did_you_mean(name, _FUNCTIONS)} There are: {listing(_FUNCTIONS)}."
            f" Register it before it is used: dk.Custom({name!r}, function)."
        )
        raise ExpectationNotFoundError(message)
    return _FUNCTIONS[name]

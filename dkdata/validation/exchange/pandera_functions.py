"""The functions that pandera's checks ask, as custom constraints."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from itertools import count
from typing import TYPE_CHECKING, Any

from dkdata.errors import UsageError
from dkdata.validation.constraints.constraint import Custom
from dkdata.validation.constraints.registry import function_of, is_registered
from dkdata.validation.constraints.values import ordered

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd


@dataclass(frozen=True, eq=False)
class _Asking:
    """Asks a check about a column."""

    check: Any

    def __call__(self, values: pd.Series[Any]) -> Any:  # noqa: ANN401 - what the user's function says
        return self.check(values).check_output

    def is_like(self, other: _Asking) -> bool:
        """Whether both ask one function with equal arguments."""
        try:
            return bool(_call_of(self.check) == _call_of(other.check))
        except ValueError:  # arrays are not equal or different, but each of their values
            return False


def custom_of(check: Any, place: str) -> Custom:  # noqa: ANN401 - of pandera
    """Return the constraint of a check that is a function of whole columns.

    It is named after its place, the check and the arguments; where another check that was read
    has that name, a number tells them apart, so that no schema changes what another one says.

    Raises
    ------
    UsageError
        The function is not one of columns or has no name, or the user registered another one.
    """
    if hasattr(check, "test"):
        message = "it is no constraint of a field. Leave it out."
        raise UsageError(message)
    if check.element_wise or check.name == "<lambda>":
        message = (
            f"it {'is asked value by value' if check.element_wise else 'has no name'}. Leave it"
            " out, and give the field a dk.Custom(name, function), whose function gets the column."
        )
        raise UsageError(message)
    asking, name = _Asking(check), f"{place}.{check.name}{_arguments(check)}"
    for number in count(1):
        numbered = name if number == 1 else f"{name} ({number})"
        if not is_registered(numbered):
            break
        present = function_of(numbered)
        if not isinstance(present, _Asking):
            message = (
                f"it would be registered as {numbered!r}, and you registered another function by"
                " that name. Give the check another name."
            )
            raise UsageError(message)
        if present.is_like(asking):
            return Custom(numbered)
    return Custom(numbered, asking)


def _call_of(check: Any) -> tuple[Any, tuple[Any, ...], Mapping[str, Any]]:  # noqa: ANN401 - of pandera
    """Return the function that a check asks, and its arguments beside the column."""
    function, given = check._check_fn, check._check_kwargs  # noqa: SLF001 - told in no other way
    if isinstance(function, partial):  # so are the checks that pandera's extensions register
        return function.func, function.args, {**function.keywords, **given}
    return function, (), given


def _arguments(check: Any) -> str:  # noqa: ANN401 - of pandera
    """Return the arguments of a check as they would be written, nothing where it has none."""
    _, listed, named = _call_of(check)
    told = [*map(_text, listed), *(f"{name}={_text(value)}" for name, value in named.items())]
    return f"({', '.join(told)})" if told else ""


def _text(value: object) -> str:
    return repr(ordered(value) if isinstance(value, set | frozenset) else value)

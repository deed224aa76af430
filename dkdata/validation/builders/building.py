"""What the builders of expectations share: a suite that grows by one rule with each method."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, ClassVar, Final, Literal, NoReturn, TypedDict

from dkdata.errors import UsageError, check_choice, did_you_mean, listing, no_attribute
from dkdata.validation.catalogue import ENTRIES
from dkdata.validation.expectation import Expectation
from dkdata.validation.suite import Suite

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Self

Closed = Literal["both", "left", "right", "neither"]
_CLOSED: Final = {
    "both": (False, False),
    "left": (False, True),
    "right": (True, False),
    "neither": (True, True),
}
_BY_METHOD: Final = {(entry.face, entry.method): entry for entry in ENTRIES}


class Options(TypedDict, total=False):
    """What every rule accepts.

    ``row_condition``: the rule is about the rows that meet it (a pandas query as text, or a
    condition of Great Expectations). ``severity``: what a failure means. The rest is kept with
    the rule.
    """

    row_condition: Any
    severity: Literal["critical", "warning", "info"]
    notes: str | list[str]
    description: str
    meta: Mapping[str, Any]


_OPTIONS: Final = tuple(Options.__annotations__)


class Builder(Suite):
    """A suite about something; every method returns a new one with one more rule."""

    domain: Mapping[str, Any]
    face: ClassVar[str]

    def __init__(
        self, name: str, domain: Mapping[str, Any], expectations: tuple[Expectation, ...] = ()
    ) -> None:
        super().__init__(name, expectations)
        object.__setattr__(self, "domain", domain)

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> NoReturn:
            """Refuse, naming the rule that may have been meant."""
            known = [method for face, method in _BY_METHOD if face == type(self).face]
            error = no_attribute("the builder", name, known, {})
            message = f"{error} dk.expectations() lists all rules."
            raise AttributeError(message)

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy by the arguments."""
        return type(self), (self.name, dict(self.domain), self.expectations)

    def _rule(
        self, method: str, given: Mapping[str, Any], options: Mapping[str, Any], mostly: float = 1
    ) -> Self:
        """Return the builder with the rule of that method; defaults are left out."""
        for option in options:
            if option not in _OPTIONS:
                raise self._no_argument(method, option)
        entry = _BY_METHOD[self.face, method]
        condition = {"mostly": mostly, "row_condition": options.get("row_condition")}
        parameters = {**given, **condition}
        defaults = entry.parameters
        chosen = {
            name: value
            for name, value in parameters.items()
            if name not in defaults or not _same(value, defaults[name])
        }
        if options.get("row_condition") is None:
            chosen.pop("row_condition", None)
        if not entry.has_mostly:
            chosen.pop("mostly", None)
        kept = {name: value for name, value in options.items() if name != "row_condition"}
        made = Expectation(entry.type, {**self.domain, **chosen}, **kept)
        return type(self)(self.name, self.domain, (*self.expectations, made))

    def _no_argument(self, method: str, option: str) -> UsageError:
        named = tuple(inspect.signature(getattr(self, method)).parameters)[:-1]
        known = (*named, *_OPTIONS)
        return UsageError(
            f"{method}() has no argument {option!r}.{did_you_mean(option, known)}"
            f" There are: {listing(known)}."
        )


def _same(value: object, default: object) -> bool:
    """Whether a parameter has its default value, and need not be said."""
    return value is default or (type(value) in (bool, int, float, str) and value == default)


def bounds(
    low: object, high: object, closed: Closed | None, *, strict_min: bool, strict_max: bool
) -> dict[str, Any]:
    """Return the parameters of an interval; ``closed`` says which ends belong to it."""
    if closed is not None:
        check_choice("closed", closed, _CLOSED)
        if strict_min or strict_max:
            also = "strict_min" if strict_min else "strict_max"
            message = f"closed={closed!r} and {also}=True both say which ends belong. Give one."
            raise UsageError(message)
        strict_min, strict_max = _CLOSED[closed]
    return {
        "min_value": low,
        "max_value": high,
        "strict_min": strict_min,
        "strict_max": strict_max,
    }

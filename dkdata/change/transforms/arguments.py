"""What the arguments of a transformation's methods mean."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from dkdata.change.transforms.functions import BUILT_IN, arguments_of
from dkdata.change.transforms.steps import Call, Expression, Python
from dkdata.errors import UsageError, check_choice, did_you_mean, listing, shortened
from dkdata.query import as_names
from dkdata.sqltree import parse_expression
from dkdata.validation.coercion.custom import registered

if TYPE_CHECKING:
    from collections.abc import Hashable

    from dkdata.change.transforms.steps import By

OnError: TypeAlias = Literal["raise", "null", "reject"]
ERRORS: Final = ("raise", "null", "reject")


def check_name(name: object) -> None:
    """Refuse what is not the name of a column."""
    if not isinstance(name, str) or not name or name.startswith("__dk_"):
        message = f"{shortened(name)} is not the name of a column. Give text."
        raise UsageError(message)


def named(verb: str, columns: tuple[Hashable, ...] | list[Hashable]) -> tuple[Hashable, ...]:
    """Return columns that were named one by one, or in a list."""
    names = tuple(name for given in columns for name in as_names(given))
    if not names:
        message = f"{verb}() names no column."
        raise UsageError(message)
    return names


def policy_of(on_error: str | None) -> str | None:
    """Return what becomes of bad values, if that is something known."""
    if on_error is not None:
        check_choice("on_error", on_error, ERRORS)
    return on_error


def chosen(by: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> By:  # noqa: ANN401 - any form
    """Return what a step maps by."""
    if callable(by) or by in registered():
        if args or kwargs:
            message = f"{by!r} takes nothing but the column: {shortened((*args, *kwargs))}."
            raise UsageError(message)
        return Python(by) if callable(by) else Python(registered()[by], by)
    if isinstance(by, str) and by in BUILT_IN:
        return Call(by, arguments_of(by, *args, **kwargs))
    if isinstance(by, str) and (found := call_of(by)):
        return found
    if args or kwargs or (isinstance(by, str) and by.isidentifier()):
        known = [*BUILT_IN, *registered()]
        message = (
            f"there is no function {by!r} to map by.{did_you_mean(str(by), known)} There are:"
            f" {listing(known)}."
        )
        raise UsageError(message)
    return expression_of(by)


def expression_of(by: Any) -> Expression:  # noqa: ANN401 - checked here
    """Return an SQL expression, if it parses."""
    if not isinstance(by, str):
        message = f"by={shortened(by)} is not possible. Give a function, or SQL text."
        raise UsageError(message)
    if "\0" in by:
        message = f"SQL text {shortened(by)} holds a NUL character, at which it would end."
        raise UsageError(message)
    parse_expression(by)  # raises, with the place, where it is none
    return Expression(by)


def call_of(text: str) -> Call | None:
    """Return the call of a built-in function that a text such as ``"truncate(20)"`` is, if any.

    SQL has functions of such names, too: what names a column is an expression.

    Examples
    --------
    >>> str(call_of("truncate(20)"))
    'truncate(n=20)'
    """
    try:
        tree = ast.parse(text, mode="eval").body
        if not isinstance(tree, ast.Call) or not isinstance(tree.func, ast.Name):
            return None
        args = [ast.literal_eval(arg) for arg in tree.args]
        keywords = {str(one.arg): ast.literal_eval(one.value) for one in tree.keywords}
    except (SyntaxError, ValueError):
        return None
    name = tree.func.id
    return Call(name, arguments_of(name, *args, **keywords)) if name in BUILT_IN else None

"""Columns in the parameters of rules: labels of any kind in Python, texts in a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dkdata.errors import UsageError
from dkdata.widgets.cells import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

_NAMES: Final = ("column", "column_A", "column_B", "column_list", "column_set")


def shown(label: Hashable) -> str:
    """Return the label of a column as a page shows it; a long one is cut."""
    return text_of(str(label)) or ""


def as_texts(kwargs: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with the labels of columns as a page shows them.

    Examples
    --------
    >>> as_texts({"column": 0, "min_value": 0})
    {'column': '0', 'min_value': 0}
    """
    return _renamed(kwargs, shown)


def as_labels(kwargs: Mapping[str, Any], labels: Iterable[Hashable]) -> dict[str, Any]:
    """Return parameters with the columns that a page names by texts as they are labelled.

    Raises
    ------
    UsageError
        Columns of several labels are shown by one text.

    Examples
    --------
    >>> as_labels({"column": "0", "min_value": 0}, [0, 1])
    {'column': 0, 'min_value': 0}
    """
    known = list(labels)

    def label_of(name: Any) -> Any:  # noqa: ANN401 - what a page names, or a label
        meant = list(dict.fromkeys(label for label in known if shown(label) == name))
        if len(meant) > 1:
            message = f"several columns are shown as {name!r}. Give such a rule in Python."
            raise UsageError(message)
        return meant[0] if meant else name

    return _renamed(kwargs, label_of)


def _renamed(kwargs: Mapping[str, Any], new: Callable[[Any], Any]) -> dict[str, Any]:
    def changed(value: Any) -> Any:  # noqa: ANN401 - a label or several
        return [new(item) for item in value] if isinstance(value, list) else new(value)

    return {k: changed(v) if k in _NAMES and v is not None else v for k, v in kwargs.items()}

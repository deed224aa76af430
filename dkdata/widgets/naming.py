"""Columns in the parameters of rules: labels of any kind in Python, texts in a page."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

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

    Examples
    --------
    >>> as_labels({"column": "0", "min_value": 0}, [0, 1])
    {'column': 0, 'min_value': 0}
    """
    known = list(labels)
    meant: dict[str, Hashable] = {shown(label): label for label in known}
    meant |= {label: label for label in known if isinstance(label, str)}
    return _renamed(kwargs, lambda name: meant.get(name, name) if isinstance(name, str) else name)


def _renamed(kwargs: Mapping[str, Any], new: Callable[[Any], Any]) -> dict[str, Any]:
    def changed(value: Any) -> Any:  # noqa: ANN401 - a label or several
        return [new(item) for item in value] if isinstance(value, list) else new(value)

    return {k: changed(v) if k in _NAMES and v is not None else v for k, v in kwargs.items()}

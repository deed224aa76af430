"""What shows data and rules: the explorer and the profile."""

from __future__ import annotations

from os import PathLike
from typing import TYPE_CHECKING, Any

from dkdata.api.reading import table

if TYPE_CHECKING:
    from dkdata.widgets import Profile, SchemaExplorer


def explore(
    frame_or_source: Any,  # noqa: ANN401 - any frame or source
    suite: Any = None,  # noqa: ANN401 - a suite in any form
    *,
    name: str | None = None,
    compare_to: Any = None,  # noqa: ANN401 - whatever has columns or rules
    readonly: bool = False,
) -> SchemaExplorer:
    """Return a widget that shows a frame or a table, and edits the rules about it.

    Parameters
    ----------
    frame_or_source
        A frame of any kind, or a table name, path, URL or ``Table``. It is never changed. Of a
        table, only what is shown is read: DuckDB or its server answers the rest.
    suite
        The rules to begin with, in any form that ``validate`` takes; none without it.
    name
        What the widget calls the data.
    compare_to
        A frame, a table, a schema or a suite to compare the columns and rules with.
    readonly
        Whether nobody can edit, and save, in the page.

    Returns
    -------
    SchemaExplorer
        Display it in a notebook; its ``suite`` is what was edited.

    Examples
    --------
    >>> import dkdata as dk, pandas as pd
    >>> explorer = pd.DataFrame({"age": [36, 410]}).dk.explore(dk.expect("age").between(0, 120))
    >>> explorer.failing(0)["age"].tolist()
    [410]
    """
    from dkdata.widgets import SchemaExplorer  # noqa: PLC0415 - loads ipywidgets

    return SchemaExplorer(
        _source(frame_or_source), suite, name=name, compare_to=compare_to, readonly=readonly
    )


def profile(frame_or_source: Any, *, name: str | None = None) -> Profile:  # noqa: ANN401
    """Return a report on a frame or a table, as HTML without scripts.

    Parameters
    ----------
    frame_or_source
        A frame of any kind, or a table name, path, URL or ``Table``.
    name
        What the report calls it.

    Examples
    --------
    >>> import pandas as pd
    >>> pd.DataFrame({"age": [36, 41]}).dk.profile(name="people")
    Profile of 'people'; save_html(path) writes it to a file.
    """
    from dkdata.widgets import profiling  # noqa: PLC0415 - loads ipywidgets

    return profiling.profile(_source(frame_or_source), name=name)


def _source(given: Any) -> Any:  # noqa: ANN401 - a frame or a table
    return table(given) if isinstance(given, (str, PathLike)) else given

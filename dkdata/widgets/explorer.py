"""SchemaExplorer: a frame or a table and the rules about it, to be seen and edited."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import anywidget
import traitlets

from dkdata.validation import Expectation, Suite, as_suite
from dkdata.validation.builders.building import Builder
from dkdata.widgets import comparing, keeping, reporting, requests, static_html
from dkdata.widgets.exploration import Exploration
from dkdata.widgets.sources.filters import position_of
from dkdata.widgets.sources.opening import opened
from dkdata.widgets.static_html import Profile

if TYPE_CHECKING:
    import os
    from collections.abc import Hashable

    from dkdata.change import Comparison
    from dkdata.validation import Result
    from dkdata.widgets.keeping import Kept

_STATIC: Final = Path(__file__).parent / "static"
_FIRST_COLUMNS: Final = 20
_SOON: Final = 0.1  # seconds for which a cell waits for figures before it is shown
_FROM_PAGE: Final = ("looked", "selected", "filters", "sort", "showing")


class SchemaExplorer(anywidget.AnyWidget):
    """A frame or a table and the rules about it, to be seen and edited in a notebook.

    Everything that can be done in the page can be done in Python, and shows there at once.

    Parameters
    ----------
    data
        A frame of any kind, or a ``Table``; it is never changed.
    suite
        The rules to begin with, in any form that ``validate`` takes.
    name
        What the page calls the data.
    compare_to
        What to compare the columns and rules with, as in ``diff``.
    readonly
        Whether the page lets nobody edit, and save.

    Attributes
    ----------
    results
        What became of each rule, by its key.
    selected
        The position of the column whose figures are shown, -1 for none.
    filters, sort, showing
        Which rows the page shows: filters as mappings, pairs of a column's position and whether
        it goes down, and the key of the rule whose failing rows are shown.

    Examples
    --------
    >>> import pandas as pd
    >>> from dkdata.validation import expect
    >>> ages = pd.DataFrame({"age": [36, 410]})
    >>> explorer = SchemaExplorer(ages, expect("age").between(0, 120))
    >>> explorer.validate().success
    False
    >>> explorer.failing(0)["age"].tolist()
    [410]
    """

    _esm = _STATIC / "explorer.js"

    title = traitlets.Unicode().tag(sync=True)
    rows = traitlets.Int(-1).tag(sync=True)
    columns = traitlets.Dict().tag(sync=True)
    index: traitlets.List[Any] = traitlets.List().tag(sync=True)
    source = traitlets.Dict().tag(sync=True)
    looked: traitlets.List[Any] = traitlets.List().tag(sync=True)
    figures = traitlets.Dict().tag(sync=True)
    selected = traitlets.Int(-1).tag(sync=True)
    detail = traitlets.Dict().tag(sync=True)
    rules: traitlets.List[Any] = traitlets.List().tag(sync=True)
    results = traitlets.Dict().tag(sync=True)
    history = traitlets.Dict().tag(sync=True)
    filters: traitlets.List[Any] = traitlets.List().tag(sync=True)
    sort: traitlets.List[Any] = traitlets.List().tag(sync=True)
    showing = traitlets.Unicode("").tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    head = traitlets.Dict().tag(sync=True)
    status = traitlets.Dict({"state": "idle", "text": ""}).tag(sync=True)
    comparison = traitlets.Dict().tag(sync=True)
    saved = traitlets.Dict().tag(sync=True)
    suites: traitlets.List[Any] = traitlets.List().tag(sync=True)
    readonly = traitlets.Bool(default_value=False).tag(sync=True)
    report = traitlets.Unicode("").tag(sync=True)
    sql = traitlets.Unicode("").tag(sync=True)

    def __init__(
        self,
        data: Any,  # noqa: ANN401 - any frame or table
        suite: Any = None,  # noqa: ANN401 - a suite in any form
        *,
        name: str | None = None,
        compare_to: Any = None,  # noqa: ANN401 - whatever has columns or rules
        readonly: bool = False,
    ) -> None:
        source, title = opened(data)
        chosen = _suite(suite, name or title)
        self.exploration = Exploration(source, chosen, self._take)
        exploration = self.exploration
        super().__init__(
            title=name or title,
            columns=exploration.columns(),
            index=source.index,
            source=source.to_dict(),
            view=exploration.viewing.told(-1),
            head=exploration.viewing.first(),
            looked=list(range(min(_FIRST_COLUMNS, len(source.columns)))),
            saved=keeping.held(suite),
            suites=keeping.versions(chosen.name),
            readonly=readonly,
        )
        self._take(**exploration.ruling.told())
        self.on_msg(self._asked)
        self.observe(self._looked_at, names=["looked"])
        self.observe(self._selected_one, names=["selected"])
        self.observe(self._shown, names=["filters", "sort", "showing"])
        if compare_to is not None:
            self.diff(compare_to)
        exploration.start()
        exploration.looking.look(self.looked)

    # From the page: whatever thread this is, the one thread of the exploration does it.

    def set_state(self, sync_data: dict[str, Any]) -> None:
        """Take the state that a page sends, in the thread of the exploration."""
        allowed = {name: value for name, value in sync_data.items() if name in _FROM_PAGE}
        self.exploration.do(lambda: super(SchemaExplorer, self).set_state(allowed))

    def _asked(self, _: Any, content: dict[str, Any], __: Any) -> None:  # noqa: ANN401 - of ipywidgets
        requests.take(self, content)

    def _take(self, **state: Any) -> None:  # noqa: ANN401 - values of traits
        """Publish what changed; one by one, for what ``hold_sync`` gathers is of all threads."""
        for name, value in state.items():
            setattr(self, name, value)

    def _looked_at(self, change: dict[str, Any]) -> None:
        self.exploration.looking.look(change["new"])

    def _selected_one(self, change: dict[str, Any]) -> None:
        self.exploration.looking.select(change["new"])

    def _shown(self, _: dict[str, Any]) -> None:
        self.exploration.viewing.show(self.filters, self.sort, self.showing)

    # For Python.

    @property
    def suite(self) -> Suite:
        """The suite of the enabled rules; set it to any suite, which can be undone."""
        return self.exploration.ruling.suite

    @suite.setter
    def suite(self, given: Any) -> None:  # noqa: ANN401 - a suite in any form
        self.exploration.ruling.put_suite(as_suite(given))

    @property
    def selection(self) -> Hashable | None:
        """The label of the column whose figures are shown; set it to a label or a position."""
        is_none = self.selected < 0
        return None if is_none else self.exploration.source.columns[self.selected].label

    @selection.setter
    def selection(self, given: Hashable | None) -> None:
        columns = self.exploration.source.columns
        self.selected = -1 if given is None else position_of(given, columns)

    def validate(self) -> Result:
        """Return what the enabled rules say of the data, now."""
        return self.exploration.source.validated(self.suite)

    def failing(self, rule: int | str, limit: int | None = None) -> Any:  # noqa: ANN401 - any frame
        """Return the rows that break one rule.

        Parameters
        ----------
        rule
            Its place in ``suite`` from 0, its text (``"age: between(0, 120)"``), or its key.
        limit
            How many of them at most.
        """
        chosen = self.exploration.ruling.find(rule)
        return self.exploration.source.validated(Suite("suite", [chosen])).failing(0, limit)

    def diff(self, other: Any) -> Comparison:  # noqa: ANN401 - whatever has columns or rules
        """Compare something with these columns and rules; the page shows it too.

        Parameters
        ----------
        other
            A frame, a table, its name, path or URL, a schema, or a suite: itself, or the name of
            a saved one (``"people@2"``).

        Returns
        -------
        Comparison
            What changes from the other to this one, and which rows each can read.
        """
        made = comparing.compared(self.exploration.source, self.suite, self.title, other)
        self._take(comparison=made.to_dict())
        return made

    def save(self, target: str | Path | None = None) -> Kept:
        """Save the suite: as a new version of its name in the workspace, or in a file.

        Parameters
        ----------
        target
            A name, or a path that ends in ``.json``; without it the name of the suite.

        Raises
        ------
        UsageError
            It is no name for a suite.
        ExistsError
            The configuration has a suite of that name.
        """
        kept = keeping.keep(self.suite, target)
        self._take(saved=kept.to_dict(), suites=keeping.versions(kept.name or self.suite.name))
        self.exploration.ruling.kept()
        return kept

    def data(self) -> Any:  # noqa: ANN401 - duckdb.DuckDBPyRelation
        """Return the rows that the page shows, in their order, as a DuckDB relation."""
        return self.exploration.viewing.relation()

    def to_html(self) -> str:
        """Return a report on the data and the rules: one HTML page without scripts."""
        return static_html.page(self.title, self._report(None))

    def save_html(self, path: str | os.PathLike[str]) -> None:
        """Write the report to a file."""
        Profile(self._report(None), self.title).save_html(path)

    def _report(self, timeout: float | None) -> str:
        """Return what is known after some seconds as HTML; without a limit, everything."""
        self.exploration.wait(timeout)
        return reporting.report(self.exploration, self.title, is_whole=timeout is None)

    def _ipython_display_(self) -> None:
        """Show the widget and, for where no widget can be, a report that the widget hides."""
        from IPython.display import HTML, display  # noqa: PLC0415 - there where this is called

        if not self.report:
            self.report = self.model_id or ""  # by which the page asks whether a kernel is there
        display(HTML(self._marked(self._report(_SOON))), display_id=self.report)
        data, metadata = self._repr_mimebundle_() or ({}, {})
        display(data, metadata=metadata, raw=True)
        self.exploration.when_known(self._update_report)

    def _marked(self, html: str) -> str:
        return f"<div data-dk-report='{self.report}'>{html}</div>"

    def _update_report(self) -> None:
        from IPython.display import HTML, update_display  # noqa: PLC0415 - as above

        html = reporting.report(self.exploration, self.title, is_whole=True)
        update_display(HTML(self._marked(html)), display_id=self.report)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until all that was asked for is known; return whether it is.

        Parameters
        ----------
        timeout
            Seconds; without it, for as long as it takes.
        """
        return self.exploration.wait(timeout)

    def close(self) -> None:
        """Stop what runs, and take the widget out of the page."""
        # Widgets are closed when they are collected, also one that could not be made.
        if hasattr(self, "exploration"):
            self.exploration.close()
        super().close()


def _suite(given: Any, name: str) -> Suite:  # noqa: ANN401 - a suite in any form
    """Return a suite; rules that belong to none are named as the data is."""
    is_nameless = given is None or isinstance(given, Builder | Expectation | list | tuple)
    return Suite(name, given or ()) if is_nameless else as_suite(given)

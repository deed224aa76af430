"""What is told of the columns that somebody looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from dkdata import engine
from dkdata.errors import UsageError
from dkdata.validation import suggestion
from dkdata.validation.plain import plain
from dkdata.widgets import naming
from dkdata.widgets.measuring import detail_of, figures_of
from dkdata.widgets.worker import Job, Urgency

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import duckdb

    from dkdata.validation import Expectation
    from dkdata.widgets.figures.figures import Figures
    from dkdata.widgets.sources.opening import Explored
    from dkdata.widgets.worker import Worker

_LOOKED: Final = 60


class Looking:
    """The figures of the columns on screen, and everything of the one that is selected.

    Parameters
    ----------
    desk
        The thread that asks DuckDB.
    asker
        The thread that looks for suggestions.
    publish
        Takes what changed, by the names of the traits of the explorer; called in any thread.
    """

    def __init__(
        self, source: Explored, desk: Worker, asker: Worker, publish: Callable[..., object]
    ) -> None:
        self._source = source
        self._desk = desk
        self._asker = asker
        self._publish = publish
        self._figures: dict[int, Figures] = {}
        self._looked: list[int] = []
        self._suggested: dict[str, Expectation] = {}

    def look(self, positions: Sequence[object]) -> None:
        """Have the figures of some columns told."""
        there = range(len(self._source.columns))
        self._looked = [p for p in positions if isinstance(p, int) and p in there][:_LOOKED]
        self._desk.put(Job(Urgency.FIGURES, "figures", self._look, yields=True))

    def select(self, position: int) -> None:
        """Have everything told of one column; -1 is none."""
        self._asker.drop("suggest")
        if position not in range(len(self._source.columns)):
            self._desk.drop("detail")
            self._publish(detail={})
            return

        def run(given: duckdb.DuckDBPyConnection) -> None:
            self._detail(given, position)

        self._desk.put(Job(Urgency.DETAIL, "detail", run, yields=True))

    def forget(self) -> None:
        """Ask everything anew."""
        self._figures.clear()
        self.look(self._looked)

    @property
    def known(self) -> Mapping[int, Figures]:
        """The figures that are known so far."""
        return dict(self._figures)

    def figures(self, positions: Sequence[int]) -> Mapping[int, Figures]:
        """Return the figures of some columns, computed where they are not known."""
        new = [position for position in positions if position not in self._figures]
        if new:
            self._figures |= figures_of(engine.connection(), self._source, new)
        return self.known

    def suggested(self, key: object) -> Expectation:
        """Return a suggestion that was told.

        Raises
        ------
        UsageError
            There is none; those of a column are kept while it is selected.
        """
        if key not in self._suggested:
            message = f"no suggestion {key!r}. Select the column again."
            raise UsageError(message)
        return self._suggested[str(key)]

    def _look(self, given: duckdb.DuckDBPyConnection) -> None:
        looked = self._looked
        new = [position for position in looked if position not in self._figures]
        self._figures |= figures_of(given, self._source, new, lambda more: self._tell(looked, more))
        self._tell(looked, {})

    def _tell(self, looked: Sequence[int], more: Mapping[int, Figures]) -> None:
        known = {**self._figures, **more}
        self._publish(
            figures={str(p): known[p].to_dict() for p in looked if p in known},
            source=self._source.to_dict(),
        )

    def _detail(self, given: duckdb.DuckDBPyConnection, position: int) -> None:
        column = self._source.columns[position]
        found = detail_of(
            given, self._source, column, lambda first: self._publish(detail=first.to_dict())
        )
        made = found.to_dict()
        self._publish(detail=made, source=self._source.to_dict())
        if not self._source.is_answered:  # there it would pull the whole column
            job = Job(Urgency.SUGGESTIONS, "suggest", lambda _: self._suggest(position, made))
            self._asker.put(job)

    def _suggest(self, position: int, made: Mapping[str, Any]) -> None:
        label = self._source.columns[position].label
        if label == "" or [c.label for c in self._source.columns].count(label) > 1:
            return  # rules about it could not be told from those about the other
        suite = suggestion.suggest(self._source.whole([position]), columns=label)
        self._suggested = {f"s{position}.{number}": one for number, one in enumerate(suite)}
        told = [_told(key, one) for key, one in self._suggested.items()]
        self._publish(detail={**made, "suggestions": told})


def _told(key: str, one: Expectation) -> dict[str, Any]:
    evidence = dict((one.meta or {}).get("dkdata", {}))
    return {
        "id": key, "text": one.rule, "reason": evidence.get("reason", ""),
        "confidence": evidence.get("confidence", 1.0), "type": one.type,
        "kwargs": plain(naming.as_texts(one.kwargs)),
    }  # fmt: skip

"""Some columns of a frame of any kind, as pandas has them, and the frame with others for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pandas as pd

from dkdata import frames
from dkdata.errors import ColumnNotFoundError, SchemaError
from dkdata.frames import envelope
from dkdata.frames.names import stored_names
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Hashable, Sequence

    import pyarrow as pa

    Rebuild = Callable[[pd.DataFrame], Any]


def opened(
    frame: Any,  # noqa: ANN401 - any frame
    columns: Collection[Hashable],
    optional: Collection[Hashable] = (),
) -> tuple[pd.DataFrame, Rebuild]:
    """Return columns of a frame, and what makes the frame anew with others in their place.

    Parameters
    ----------
    columns
        In this order they are returned.
    optional
        Those of them that the frame may lack. What is made of the columns can have them, after
        the others: they then come last in the frame.

    Raises
    ------
    ColumnNotFoundError
        The frame lacks another column.
    SchemaError
        It has one of them twice.

    Examples
    --------
    >>> chosen, rebuilt = opened([{"a": 1, "b": "x"}], ["b"])
    >>> rebuilt(chosen.assign(b=2)).to_dict("records")
    [{'a': 1, 'b': 2}]
    """
    if isinstance(frame, (list, tuple)) and all(isinstance(item, Mapping) for item in frame):
        frame = _of_records(frame, columns)
    if isinstance(frame, pd.DataFrame):
        places = _places(list(frame.columns), columns, optional)
        return frame.iloc[:, places], lambda made: _with_columns(frame, places, made)
    table = batches_of(frames.to_arrow(frame)).read_all()
    places = _places(envelope.labels(table.schema), columns, optional)
    names = [table.schema.names[place] for place in places]
    chosen = table.select(names).replace_schema_metadata(
        envelope.project(table.schema, names).metadata
    )
    kind = frames.kind_of(frame)
    rows = pd.RangeIndex(table.num_rows)
    held = frames.from_arrow(chosen, "pandas") if names else pd.DataFrame(index=rows)
    return held, lambda made: frames.from_arrow(_in_table(table, names, made), kind)


def _of_records(records: Sequence[Mapping[Any, Any]], columns: Collection[Hashable]) -> Any:  # noqa: ANN401
    """Return records as a pandas frame, their values as they are in the columns to convert."""
    labels = dict.fromkeys(label for record in records for label in record)
    others = [label for label in labels if label not in columns]
    plain = [{label: record.get(label) for label in others} for record in records]
    typed = frames.from_arrow(frames.to_arrow(plain), "pandas") if others else pd.DataFrame()
    data = {
        label: pd.Series([record.get(label) for record in records], dtype=object)
        if label in columns
        else typed.iloc[:, others.index(label)]
        for label in labels
    }
    return pd.DataFrame(data, index=pd.RangeIndex(len(records)))


def _places(
    labels: list[Hashable], columns: Collection[Hashable], optional: Collection[Hashable]
) -> list[int]:
    """Return the positions of columns that are there once."""
    places = []
    for column in columns:
        if labels.count(column) > 1:
            message = (
                f"the frame has {labels.count(column)} columns named {column!r}. Rename them, so"
                " that the type is that of one."
            )
            raise SchemaError(message)
        if column in labels:
            places.append(labels.index(column))
        elif column not in optional:
            raise ColumnNotFoundError(column, labels, "the frame")
    return places


def _with_columns(frame: pd.DataFrame, places: list[int], made: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with converted columns at the places of its own, and with further ones."""
    whole = frame.copy(deep=False)
    for position, place in enumerate(places):
        column: Any = made.iloc[:, position]
        whole.isetitem(place, column)
    for position in range(len(places), made.shape[1]):
        whole[made.columns[position]] = made.iloc[:, position]
    return whole


def _in_table(table: pa.Table, names: list[str], made: pd.DataFrame) -> pa.Table:
    """Return a table with converted columns under the names of its own, and with further ones."""
    encoded = frames.to_arrow(made, index=False)
    described = {one.name: one for one in _descriptor(table).columns}
    further = [str(label) for label in made.columns[len(names) :]]
    taken = stored_names([*table.schema.names, *further])
    stored = [*names, *taken[table.num_columns :]]
    for name, column, made_as in zip(
        stored, encoded.columns, _descriptor(encoded).columns, strict=True
    ):
        labelled = described.get(name, made_as)
        described[name] = replace(
            made_as, name=name, label=labelled.label, has_label=labelled.has_label
        )
        if name in table.schema.names:
            table = table.set_column(table.schema.names.index(name), name, column)
        else:
            table = table.append_column(name, column)
    whole = replace(_descriptor(table), columns=tuple(described.values()))
    return table.replace_schema_metadata(envelope.attach(table.schema, whole).metadata)


def _descriptor(table: pa.Table) -> envelope.FrameDescriptor:
    return envelope.FrameDescriptor.from_json(table.schema.metadata[envelope.KEY])

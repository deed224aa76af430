"""Frames as lists of records, and back."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import replace
from itertools import groupby
from typing import TYPE_CHECKING, Any, Literal

import pyarrow as pa

from dkdata import frames
from dkdata.errors import SchemaError, UsageError, check_choice, shortened
from dkdata.frames import envelope
from dkdata.frames.widening import widen
from dkdata.physical import convert_rows
from dkdata.query import as_names
from dkdata.record.blocks import Layout
from dkdata.record.nesting import flattened, nested
from dkdata.record.record import Record
from dkdata.record.rows import Given, metadata_text, new_rows, rows_of, with_column
from dkdata.types import METADATA

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd


Kept = Literal["attrs", "columns", "index"]
ID = "_dk_id"  # the column of ids that are no fields
_ATTRS = "dkdata_records"
_THEIRS = "of the records"  # what messages call the table that is made of them
_WAYS = ("attrs", "columns", "index", None)


def to_records(
    frame: Any,  # noqa: ANN401 - any frame
    *,
    key: Hashable | Sequence[Hashable] | None = None,
    metadata: Kept | None = "attrs",
    unflatten: bool = False,
) -> list[Record]:
    """Return the rows of a frame as records, in order.

    A record is a view of its row: values are taken out when they are asked for, and the types and
    the index of the frame are those of ``from_records`` again.

    Parameters
    ----------
    frame
        Any frame that ``save`` takes.
    key
        Columns whose values are the ids. Without it, the ids are those that ``from_records`` has
        kept in the frame, else the field ``id``.
    metadata
        Where ids and metadata are that ``from_records`` has kept. In the ``attrs`` of a pandas
        frame they are found by the label of the row, so that it may be sorted and filtered. With
        ``"index"``, a level ``id`` of the index is the id, and the others are metadata.
    unflatten
        Whether columns such as ``home.city`` and ``home.no`` become one field ``home`` with these.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"name": ["Ada", "Bob"], "age": [36, 41]})
    >>> to_records(frame, key="name")[1]
    Record({'name': 'Bob', 'age': 41}, id='Bob')
    """
    check_choice("metadata", metadata, _WAYS)
    rows = frames.to_arrow(frame)
    table = rows if isinstance(rows, pa.Table) else rows.read_all()
    table = nested(table) if unflatten else table
    layout = _layout(table.schema, as_names(key), has_columns=metadata == "columns")
    records = list(Record.views(table.combine_chunks(), layout))
    match metadata:
        case "attrs":
            _remember(records, frame)
        case "index":
            _read_index(records, frame)
    return records


def check_plain(frame: Any, key: Sequence[Hashable]) -> None:  # noqa: ANN401 - any frame
    """Refuse records that would be saved as mappings of their fields only, and lose what is beside.

    Parameters
    ----------
    key
        Fields that tell the id, beside those of the records' own table and ``id``.

    Raises
    ------
    UsageError
        One has an id that is none of its fields, or metadata.
    """
    if not isinstance(frame, list | tuple):
        return
    for record in frame:
        if isinstance(record, Record) and (record.metadata or _stray_id(record, key) is not None):
            message = (
                f"{record!r} has an id or metadata beside its fields, which a save of the fields"
                " would lose. Write it by dk.records(target).create_many(records), or save"
                ' dk.from_records(records, metadata="columns").'
            )
            raise UsageError(message)


def _layout(schema: pa.Schema, key: tuple[Any, ...], *, has_columns: bool) -> Layout:
    """Return how rows of a frame are records: the index, and what is about them, are no fields."""
    keys = tuple(envelope.resolved(key, schema, "key"))
    hidden = set(envelope.index_names(schema)) - set(keys) | ({ID} if has_columns else set())
    layout = Layout.of(schema, keys, has_metadata=has_columns)
    if has_columns and ID in schema.names and not keys:
        layout = replace(layout, key=(ID,))
    fields = {label: name for label, name in layout.labels.items() if name not in hidden}
    return replace(layout, labels=fields)


def _remember(records: list[Record], frame: Any) -> None:  # noqa: ANN401 - any frame
    """Give records the ids and metadata that the attributes of their frame have for its labels."""
    kept = getattr(frame, "attrs", {}).get(_ATTRS)
    if not kept:
        return
    for record, label in zip(records, frame.index, strict=True):
        if label in kept:
            id_, metadata = kept[label]
            record.describe(id_, metadata)


def _read_index(records: list[Record], frame: Any) -> None:  # noqa: ANN401 - any frame
    """Give records the values of the levels of the index: the level ``id``, the others."""
    if not hasattr(frame, "index"):
        message = "metadata='index' is for pandas frames. For others, 'columns'."
        raise UsageError(message)
    names = [n if name is None else name for n, name in enumerate(frame.index.names)]
    levels = frame.index.to_frame(index=False, name=names if len(names) > 1 else names[0])
    for record, about in zip(records, to_records(levels, metadata=None), strict=True):
        values = {str(name): value for name, value in about.data.items() if value is not None}
        record.describe(values.pop("id", None), values)


def from_records(
    records: Iterable[Record | Mapping[Any, Any]],
    as_: str = "pandas",
    metadata: Kept | None = "attrs",
    *,
    flatten: bool = False,
) -> Any:  # noqa: ANN401 - as_ decides
    """Return records as a frame.

    Records of one frame or table have its types and its index, also where they were changed as
    an append could: an integer may be wider, a category new. Others have the types that all of
    their values have.

    Parameters
    ----------
    as_
        The kind of frame, as in ``load``.
    metadata
        What becomes of metadata, and of ids that are no field ``id``. They are kept in the
        ``attrs`` of a pandas frame by the labels of its rows (of other kinds, as columns); in the
        columns ``_dk_id`` and ``_dk_metadata``; as the index, whose levels are the id and each name
        that there is among the metadata; or, with ``None``, not at all.
    flatten
        Whether fields of nested values are columns of their own, named by path: ``home.city``.

    Raises
    ------
    SchemaError
        The values of a column have no type that keeps them all.
    UsageError
        The index of the rows has a label twice, or a missing one, so that it cannot tell them
        apart; or metadata are no labels of an index.

    Examples
    --------
    >>> ada = Record({"name": "Ada"}, id=7, metadata={"source": "web"})
    >>> from_records([ada], metadata="index")
              name
    id source
    7  web     Ada
    """
    check_choice("metadata", metadata, _WAYS)
    given = [one if isinstance(one, Record) else Record(one) for one in records]
    if metadata == "attrs" and as_ != "pandas":
        metadata = "columns"
    if metadata == "index" and as_ != "pandas":
        message = f"metadata='index' is for pandas frames, not as_={as_!r}. Choose 'columns'."
        raise UsageError(message)
    rows, is_whole = _rows(given)
    rows = flattened(rows) if flatten else rows
    if metadata == "columns":
        rows = _with_columns(rows, given)
    frame = frames.from_arrow(rows, as_, filtered=not is_whole)
    if metadata == "attrs":
        _keep(frame, given)
    return _indexed(frame, given) if metadata == "index" else frame


def _rows(records: list[Record]) -> tuple[pa.Table, bool]:
    """Return the fields of records as rows, and whether no row of their frame is left out."""
    layouts = {id(one.block.layout) if one.block else None: one.block for one in records}
    (first, *others) = layouts.values() or (None,)
    if first is not None and not others:
        try:
            return _of_one_frame(records, first.layout), _is_beginning(records)
        except (SchemaError, LookupError, pa.ArrowException):
            pass  # what was changed does not fit into the frame any more
    if not records:
        return pa.table({}), True
    return new_rows([Given(record.data) for record in records]), True


def _of_one_frame(records: list[Record], layout: Layout) -> pa.Table:
    """Return records of one frame in the schema that it has."""
    kept = [name for name in layout.schema.names if name not in (ID, METADATA)]
    schema = envelope.project(layout.schema, kept)
    fields = set(layout.labels.values())
    hidden = [name for name in kept if name not in fields]  # the index stays as it was
    parts: list[pa.Table] = []
    for (block, is_as_read), group in groupby(records, lambda one: (one.block, one.is_as_read)):
        own = list(group)
        assert block is not None  # noqa: S101 - of records of a frame
        part = pa.table(block.taken([one.row for one in own])).select(kept)
        if not is_as_read:
            changed = rows_of([Given(one.data) for one in own], schema, _THEIRS)
            for name in hidden:
                at = changed.schema.get_field_index(name)
                changed = changed.set_column(at, changed.schema.field(at), part[name])
            part = changed
            schema, told = widen(schema, changed.schema)
            if told:
                raise SchemaError.append(_THEIRS, told)
        parts.append(part)
    return pa.concat_tables([convert_rows(part, schema) for part in parts])


def _is_beginning(records: list[Record]) -> bool:
    """Whether records are the first rows of their frame, in order."""
    numbers = [one.block.first + one.row for one in records if one.block is not None]
    return numbers == list(range(len(numbers)))


def _stray_id(record: Record, key: Sequence[Hashable] = ()) -> Any:  # noqa: ANN401 - ids of any type
    """Return the id of a record that its fields do not tell."""
    own = record.own_id
    if own is None:
        return None
    layout = record.block.layout if record.block else None
    of_table = [n for n, name in layout.labels.items() if name in layout.key] if layout else []
    for names in (["id"], of_table, key):
        told = tuple(record.get(name) for name in names)
        one = told[0] if len(told) == 1 else told
        if type(one) is type(own) and one == own:
            return None
    return own


def _with_columns(rows: pa.Table, records: list[Record]) -> pa.Table:
    """Return rows with the columns of ids and of metadata, where there are such."""
    ids = [_stray_id(record) for record in records]
    texts = [metadata_text(Given.of(record)) for record in records]
    for name, values in ((ID, ids), (METADATA, texts)):
        if any(value is not None for value in values):
            rows = with_column(rows, name, values)
    return rows


def _keep(frame: pd.DataFrame, records: list[Record]) -> None:
    """Keep ids and metadata in the attributes of a frame, by its labels."""
    about = [(_stray_id(record), record.metadata) for record in records]
    if not any(id_ is not None or metadata for id_, metadata in about):
        return
    is_missing = any(frame.index.get_level_values(n).hasnans for n in range(frame.index.nlevels))
    if is_missing or not frame.index.is_unique:
        what = "missing labels" if is_missing else "labels twice"
        message = (
            f"the index has {what}, by which metadata cannot be found again. Choose"
            " metadata='columns', or None."
        )
        raise UsageError(message)
    kept = zip(frame.index.tolist(), about, strict=True)
    frame.attrs[_ATTRS] = {
        label: [id_, metadata] for label, (id_, metadata) in kept if id_ is not None or metadata
    }


def _indexed(frame: pd.DataFrame, records: list[Record]) -> pd.DataFrame:
    """Return a frame whose index tells ids and metadata."""
    import pandas as pd  # noqa: PLC0415 - on use

    names = list(dict.fromkeys(name for record in records for name in record.metadata))
    values = [("id", [record.id for record in records])]
    values += [(name, [one.metadata.get(name) for one in records]) for name in names]
    for name, own in values:
        if strange := [one for one in own if not isinstance(one, Hashable)]:
            message = (
                f"{name!r} of a record is {shortened(strange[0])}, which is no label of an index."
                " Choose metadata='columns', or None."
            )
            raise UsageError(message)
    levels = [pd.Index(own, name=name, tupleize_cols=False) for name, own in values]
    index = pd.MultiIndex.from_arrays(levels) if names else levels[0]
    return frame.set_axis(index, axis=0)

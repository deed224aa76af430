"""Rows together with the rules that they break, in one column more."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pandas as pd
import pyarrow as pa

from dkdata.frames import envelope, tagged
from dkdata.frames.envelope import FrameDescriptor
from dkdata.frames.names import stored_names

if TYPE_CHECKING:
    from collections.abc import Sequence

REASONS: Final = "_dk_reasons"
LISTS: Final = pa.large_list(pa.large_string())


def reasoned(rows: pd.DataFrame, texts: Sequence[list[str]]) -> pd.DataFrame:
    """Return rows with the column of reasons, in place of one that they have."""
    made = rows.copy()
    made[_label(rows.columns.nlevels)] = pd.Series(list(texts), index=rows.index, dtype=object)
    return made


def reasoned_rows(rows: pa.Table, texts: pa.Array) -> pa.Table:
    """Return canonical rows with the column of reasons, in place of one that they have."""
    described = envelope.descriptor_of(rows.schema) or FrameDescriptor()
    label = _label(len(described.labels.get("levels", [None])))
    of_index = described.index_columns
    kept = [one for one in described.columns if one.name in of_index or one.shown != label]
    names = [column.name for column in kept]
    rows = rows.select(names)
    name = stored_names([*names, REASONS])[-1]
    column = replace(
        envelope.plain(name, LISTS),
        label=None if label == name else tagged.encode(label),
        has_label=label != name,
    )
    schema = rows.schema.append(pa.field(name, LISTS))
    described = replace(described, columns=(*kept, column))
    return pa.Table.from_arrays([*rows.columns, texts], schema=envelope.attach(schema, described))


def _label(levels: int) -> Any:  # noqa: ANN401 - a label of pandas
    """Return the label of the column of reasons, where labels have so many levels."""
    return REASONS if levels == 1 else (REASONS, *[""] * (levels - 1))

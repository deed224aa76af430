"""CSV and TSV files: null is an empty field, an empty text is ``""``."""

from __future__ import annotations

import codecs
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import polars as pl
import pyarrow as pa

from dkdata.errors import SchemaError, UsageError
from dkdata.physical import Carrier, convert_rows, physical_schema
from dkdata.stores.file import foreign_delimited, packing
from dkdata.stores.file.delimited_reading import DelimitedContents, Dialect, Plan
from dkdata.stores.file.formats import Format
from dkdata.stores.file.time_ranges import check_years
from dkdata.types import batches_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO

    from dkdata.stores.file.note import Note
    from dkdata.stores.file.snapshot import Snapshot
    from dkdata.types import Rows

_SLICE_ROWS = 1 << 20
_MARKS = frozenset(map(chr, range(128))) - {"\0", "\n", "\r"}
_KEPT = ("sep", "encoding", "quotechar", "header")


@dataclass(frozen=True)
class Csv(Format):
    """Separated values.

    Parameters
    ----------
    sep
        One character between the fields; ``None`` finds it out when a file is read.
    encoding
        Of the text, by Python's name.
    quotechar
        Around fields that hold separators, quotes or line ends.
    header
        Whether the first row names the columns.
    null_values
        Further texts that stand for null in a file that dkdata did not write, such as ``NA``.
    """

    embeds_note: ClassVar[bool] = False
    internal: ClassVar[frozenset[str]] = frozenset({"packing"})
    sep: str | None = ","
    encoding: str = "utf-8"
    quotechar: str = '"'
    header: bool = True
    null_values: tuple[str, ...] | list[str] | str = ()
    packing: str | None = None

    def __post_init__(self) -> None:
        """Refuse what is no single character and no encoding."""
        for name, value in (("sep", self.sep), ("quotechar", self.quotechar)):
            if value is None and name == "sep":
                continue
            if not isinstance(value, str) or len(value) != 1 or value not in _MARKS:
                message = f"{name}={value!r} is not possible. Give one ASCII character."
                raise UsageError(message)
        if self.sep == self.quotechar:
            message = f"sep and quotechar are both {self.sep!r}. Give two characters."
            raise UsageError(message)
        texts = self.null_values
        if not isinstance(self.header, bool):
            raise UsageError.choice("header", self.header, [True, False])
        if not isinstance(texts, str | list | tuple) or not all(isinstance(t, str) for t in texts):
            message = f"null_values={texts!r} is not possible. Give texts, such as ['NA', '-']."
            raise UsageError(message)
        try:
            codecs.lookup(self.encoding)
        except (LookupError, TypeError) as error:
            message = f"encoding={self.encoding!r} is not known. Give one such as 'latin-1'."
            raise UsageError(message) from error

    @property
    def kept_options(self) -> dict[str, Any]:
        """What has to be known to read the file again."""
        return {name: getattr(self, name) for name in _KEPT} | {"sep": self.sep or ","}

    def open(self, file: Snapshot, note: Note | None, *, trusted: bool) -> DelimitedContents:
        """Return the rows of a file: as saved, or with types that fit all of its fields."""
        if trusted and note is not None:
            options = {name: note.options.get(name, getattr(self, name)) for name in _KEPT}
            kept = physical_schema(note.schema, Carrier.TEXT)
            plan = Plan(self._dialect(**options), note.schema, tuple(kept.types), own=True)
        else:
            plan = foreign_delimited.plan(file, self._dialect(), note)
        return DelimitedContents(file, plan)

    def _dialect(self, **options: Any) -> Dialect:  # noqa: ANN401 - of several types
        extra = [self.null_values] if isinstance(self.null_values, str) else self.null_values
        values = {name: getattr(self, name) for name in _KEPT} | options
        return Dialect(**values, null_values=tuple(extra), packing=self.packing)

    def write(self, path: Path, rows: Rows, note: Note) -> None:
        """Write rows slice by slice."""
        del note
        codec = codecs.lookup(self.encoding)
        encoder = None if codec.name == "utf-8" else codec.incrementalencoder()
        head = self.header
        with packing.output(path, self.packing) as out:
            for frame in _frames(rows):
                if encoder is None:
                    self._write_csv(frame, out, head)
                else:
                    out.write(self._encoded(frame, encoder, head))
                head = False

    def _write_csv(self, frame: pl.DataFrame, out: BinaryIO, head: bool) -> None:  # noqa: FBT001
        frame.write_csv(
            out,
            include_header=head,
            separator=self.sep or ",",
            quote_char=self.quotechar,
            quote_style="necessary",
        )

    def _encoded(
        self,
        frame: pl.DataFrame,
        encoder: codecs.IncrementalEncoder,
        head: bool,  # noqa: FBT001
    ) -> bytes:
        made = io.BytesIO()
        self._write_csv(frame, made, head)
        try:
            return encoder.encode(made.getvalue().decode())
        except UnicodeEncodeError as error:
            message = (
                f"{error.object[error.start]!r} cannot be written as {self.encoding!r}."
                " Nothing was written. Choose encoding='utf-8'."
            )
            raise SchemaError(message) from error


def _frames(rows: Rows) -> Iterator[pl.DataFrame]:
    """Return the rows in the types of a text file, in slices; one at least, for the header."""
    first = 0
    kept = physical_schema(rows.schema, Carrier.TEXT).remove_metadata()
    for whole in batches_of(rows):
        for start in range(0, whole.num_rows, _SLICE_ROWS):
            batch = whole.slice(start, _SLICE_ROWS)
            check_years(batch, first)
            yield pl.DataFrame(convert_rows(pa.Table.from_batches([batch]), kept))
            first += batch.num_rows
    if not first:
        yield pl.DataFrame(kept.empty_table())

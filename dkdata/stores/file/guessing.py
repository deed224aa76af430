"""The type that fits every text of a column, and loses nothing of it."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from dkdata.physical import Carrier, convert, physical

_TEXT = pa.large_string()
_INTEGER = r"^(?:0|-?[1-9][0-9]*)$"
_NUMBER = (
    r"^(?:-?(?:(?:0|[1-9][0-9]*)(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
    r"|-?inf|-?Infinity|NaN|nan)$"
)
_DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_TIME = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}"
_LONG = r"^-?[0-9]{16,}$"
_EXACT_IN_FLOAT = 2**53
_DECIMAL_DIGITS = 38
_BOOLS = pa.array(["true", "True", "TRUE", "false", "False", "FALSE"], _TEXT)
_ZONED = pa.timestamp("us", "UTC")
_KINDS: tuple[tuple[frozenset[str], pa.DataType], ...] = (
    (frozenset(), pa.null()),
    (frozenset({"bool"}), pa.bool_()),
    (frozenset({"int", "negative", "long"}), pa.int64()),
    (frozenset({"int", "long", "uint"}), pa.uint64()),
    (frozenset({"int", "negative", "long", "uint", "huge"}), pa.decimal128(_DECIMAL_DIGITS)),
    (frozenset({"int", "negative", "float"}), pa.float64()),
    (frozenset({"date"}), pa.date32()),
    (frozenset({"date", "us"}), pa.timestamp("us")),
    (frozenset({"date", "us", "ns"}), pa.timestamp("ns")),
    (frozenset({"zoned us"}), _ZONED),
    (frozenset({"zoned us", "zoned ns"}), pa.timestamp("ns", "UTC")),
)


class Guess:
    """What is known of one column, after each batch of its texts.

    Parameters
    ----------
    saved
        The canonical type that the column had when it was saved, if it was.
    """

    def __init__(self, saved: pa.DataType | None = None) -> None:
        self._saved = saved
        self._kinds: set[str] = set()
        self._blank = False
        self.is_as_saved = saved is not None

    def look_at(self, texts: pa.Array) -> None:
        """Take one more batch into account."""
        if self.is_as_saved:
            self.is_as_saved = self._fits_saved(texts)
        if "text" not in self._kinds:
            present = texts.drop_null()
            filled = present.filter(pc.not_equal(present, ""))
            self._blank = self._blank or len(filled) < len(present)
            if len(filled):
                self._kinds |= kinds(filled)

    def _fits_saved(self, texts: pa.Array) -> bool:
        kept = physical(self._saved, Carrier.TEXT)
        try:
            convert(texts.cast(kept), self._saved)
        except (pa.ArrowException, ValueError):
            return False
        return True

    @property
    def guessed(self) -> pa.DataType:
        """The narrowest type that holds every text."""
        if not self._kinds and self._blank:
            return _TEXT
        fitting = (t for kinds, t in _KINDS if self._kinds <= kinds)
        return next(fitting, _TEXT)

    @property
    def type(self) -> pa.DataType:
        """The canonical type of the column: as saved where that still fits, else as guessed."""
        return self._saved if self.is_as_saved else self.guessed

    @property
    def parsed(self) -> pa.DataType:
        """The type in which the parser is to read the column."""
        if self.is_as_saved:
            return physical(self._saved, Carrier.TEXT)
        return _TEXT if self.blank_is_null else self.guessed

    @property
    def blank_is_null(self) -> bool:
        """Whether a quoted empty field is null: where the column is no text."""
        return not self.is_as_saved and self._blank and self.guessed != _TEXT


def kinds(texts: pa.Array) -> set[str]:
    """Return what the texts look like, none of them null or empty.

    Examples
    --------
    >>> sorted(kinds(pa.array(["1", "-20"], pa.large_string())))
    ['int', 'negative']
    >>> kinds(pa.array(["007"], pa.large_string()))
    {'text'}
    """
    for look in (_integers, _numbers, _bools, _dates, _times):
        found = look(texts)
        if found:
            return found
    return {"text"}


def _all(texts: pa.Array, pattern: str) -> bool:
    return bool(pc.all(pc.match_substring_regex(texts, pattern)).as_py())


def _cast(texts: pa.Array, t: pa.DataType) -> pa.Array | None:
    try:
        return texts.cast(t)
    except pa.ArrowInvalid:
        return None


def _integers(texts: pa.Array) -> set[str]:
    found = {"int"}
    numbers = _cast(texts, pa.int64())
    if numbers is None and not _all(texts.slice(0, 1), _INTEGER):
        return set()
    if not _all(texts, _INTEGER):
        return set()
    if pc.any(pc.starts_with(texts, "-")).as_py():
        found.add("negative")
    if numbers is not None:
        least, most = pc.min_max(numbers).values()
        is_long = max(-least.as_py(), most.as_py()) > _EXACT_IN_FLOAT
        return found | {"long"} if is_long else found
    if _cast(texts, pa.uint64()) is not None:
        return found | {"long", "uint"}
    digits = pc.utf8_length(pc.utf8_ltrim(texts, "-"))
    return {*found, "long", "huge"} if pc.max(digits).as_py() <= _DECIMAL_DIGITS else {"text"}


def _numbers(texts: pa.Array) -> set[str]:
    if _cast(texts, pa.float64()) is None or not _all(texts, _NUMBER):
        return set()
    long = texts.filter(pc.match_substring_regex(texts, _LONG))
    return {"text"} if len(long) else {"float"}


def _bools(texts: pa.Array) -> set[str]:
    return {"bool"} if pc.all(pc.is_in(texts, _BOOLS)).as_py() else set()


def _dates(texts: pa.Array) -> set[str]:
    if not _all(texts.slice(0, 1), _DATE) or _cast(texts, pa.date32()) is None:
        return set()
    return {"date"} if _all(texts, _DATE) else set()


def _times(texts: pa.Array) -> set[str]:
    """Return the unit and whether there are offsets; dates may stand between naive times."""
    for unit in ("us", "ns"):
        if _cast(texts, pa.timestamp(unit)) is not None:
            return {unit} if _all(texts, f"{_TIME}|{_DATE}") else set()
        if _cast(texts, pa.timestamp(unit, "UTC")) is not None:
            return {f"zoned {unit}"} if _all(texts, _TIME) else set()
    return set()

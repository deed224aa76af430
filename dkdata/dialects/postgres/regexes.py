"""Regular expressions of RE2 that mean the same in PostgreSQL, written as PostgreSQL reads them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import punctuation
from typing import NamedTuple

_SPECIAL = frozenset("\\^$.[]|()?*+{}")
_IN_CLASS = frozenset("\\^-[]")
_SETS = {"d": "0-9", "w": "0-9A-Za-z_", "s": "\t\n\f\r "}
_CHARACTERS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "a": "\a"}
_ANCHORS = {"A": "^", "z": "$", "b": r"\y"}
_ESCAPED = frozenset(punctuation) - {"_"} | {" "}
_BOUNDS = re.compile(r"\{(0|[1-9]\d{0,2})(,(0|[1-9]\d{0,2})?)?\}", re.ASCII)
_MOST_REPEATS = 255  # of one part, in PostgreSQL
_MOST_GROUPS = 50
_LARGEST = 1000  # characters to match, all repetitions written out


class _UnlikeError(Exception):
    """The rest of an expression may mean something else in PostgreSQL."""


class _Part(NamedTuple):
    """A part of an expression: what it is there, its size, whether it can be repeated."""

    sql: str
    size: int = 1
    repeats: bool = True


@dataclass
class _Scan:
    """An expression and how far it has been read."""

    text: str
    at: int = 0

    def next(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self) -> str:
        taken = self.next()
        if not taken:
            raise _UnlikeError
        self.at += 1
        return taken

    def skip(self, expected: str) -> bool:
        found = self.text.startswith(expected, self.at)
        self.at += len(expected) if found else 0
        return found


def translated(pattern: str) -> str | None:
    r"""Return an expression that PostgreSQL finds in the same texts as RE2 finds ``pattern``.

    Returns
    -------
    str or None
        For texts compared by code point (``COLLATE "C"``). ``None`` where it is not certain that
        both understand the same: flags, Unicode classes, names of groups, and whatever one of
        them reads otherwise or refuses.

    Examples
    --------
    >>> translated(r"^a.+(x|y)?$"), translated("(?i)a")
    ('^a[^\n]+(?:x|y)?$', None)
    """
    if pattern.count("(") > _MOST_GROUPS:
        return None
    scan = _Scan(pattern)
    try:
        found = _choices(scan)
    except _UnlikeError:
        return None
    return found.sql if not scan.next() and found.size <= _LARGEST else None


def _choices(scan: _Scan) -> _Part:
    parts = [_sequence(scan)]
    while scan.skip("|"):
        parts.append(_sequence(scan))
    sql = "|".join(part.sql for part in parts)
    return _Part(sql, sum(part.size for part in parts), all(part.repeats for part in parts))


def _sequence(scan: _Scan) -> _Part:
    parts = list[_Part]()
    while scan.next() not in ("", "|", ")"):
        parts.append(_repeated(_atom(scan), scan))
    sql = "".join(part.sql for part in parts)
    return _Part(sql, sum(part.size for part in parts), all(part.repeats for part in parts))


def _repeated(part: _Part, scan: _Scan) -> _Part:
    repetition, most = _repetition(scan)
    if not repetition:
        return part
    # Whether few or many repetitions are tried first does not change whether there is a match.
    scan.skip("?")
    if not part.repeats or scan.next() in ("*", "+", "?", "{"):
        raise _UnlikeError
    return _Part(part.sql + repetition, part.size * max(most, 1))


def _repetition(scan: _Scan) -> tuple[str, int]:
    """Return what says how often a part comes, and how often it comes at most or at least."""
    sign = scan.next()
    if sign and sign in "*+?":
        return scan.take(), 1
    if sign != "{":
        return "", 1
    found = _BOUNDS.match(scan.text, scan.at)
    if not found:
        raise _UnlikeError
    scan.at = found.end()
    low, most = int(found[1]), int(found[3] or found[1])
    if not low <= most <= _MOST_REPEATS:
        raise _UnlikeError
    return found[0], most


def _atom(scan: _Scan) -> _Part:
    match scan.take():
        case ".":
            return _Part("[^\n]")
        case "^" | "$" as anchor:
            return _Part(anchor, repeats=False)
        case "(":
            return _group(scan)
        case "[":
            return _class(scan)
        case "\\":
            return _escape(scan)
        case "*" | "+" | "?" | "{" | "\0":
            raise _UnlikeError
        case character:
            return _Part(_literal(character))


def _literal(character: str) -> str:
    return f"\\{character}" if character in _SPECIAL else character


def _group(scan: _Scan) -> _Part:
    if scan.next() == "?" and not scan.skip("?:"):
        raise _UnlikeError
    inner = _choices(scan)
    if not scan.skip(")"):
        raise _UnlikeError
    return _Part(f"(?:{inner.sql})", inner.size, inner.repeats)


def _escape(scan: _Scan) -> _Part:
    name = scan.take()
    if name in _ANCHORS:
        return _Part(_ANCHORS[name], repeats=False)
    if name.lower() in _SETS:
        negated = "^" if name.isupper() else ""
        return _Part(f"[{negated}{_SETS[name.lower()]}]")
    return _Part(_literal(_character(name)))


def _character(name: str) -> str:
    """Return the character that stands after a backslash, or is meant by it."""
    if name in _CHARACTERS:
        return _CHARACTERS[name]
    if name not in _ESCAPED:
        raise _UnlikeError
    return name


def _class(scan: _Scan) -> _Part:
    negated = "^" if scan.skip("^") else ""
    members = [_member(scan, is_first=True)]
    while not scan.skip("]"):
        members.append(_member(scan, is_first=False))
    return _Part(f"[{negated}{''.join(members)}]")


def _member(scan: _Scan, *, is_first: bool) -> str:
    """Return a character, a range of characters or a named set in a class."""
    start = scan.take()
    if start in ("[", "]", "\0") or (start == "-" and not is_first and scan.next() != "]"):
        raise _UnlikeError
    if start == "\\" and scan.next() in _SETS:
        return _SETS[scan.take()]
    low = _single(start, scan)
    if scan.next() != "-" or scan.text.startswith("-]", scan.at):
        return _in_class(low)
    scan.take()
    high = _single(scan.take(), scan)
    if high < low or high in ("[", "\0"):
        raise _UnlikeError
    return f"{_in_class(low)}-{_in_class(high)}"


def _single(character: str, scan: _Scan) -> str:
    return _character(scan.take()) if character == "\\" else character


def _in_class(character: str) -> str:
    return f"\\{character}" if character in _IN_CLASS else character

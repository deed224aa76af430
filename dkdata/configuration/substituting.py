"""Values of the environment in texts: ``${VAR}`` and its forms."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from typing import Any, Final

from dkdata.configuration.plain import Plain
from dkdata.errors import ConfigError

_FORMS: Final = re.compile(
    r"""
    (?P<literal> \$\$\{ )
    | \$\{ (?P<name> [A-Za-z_]\w* )
        (?: (?P<sign> :-|:\?|: ) (?P<rest> (?: [^{}$] | \$(?!\{) | \{[^{}]*\} )* ) )?
      \}
    | (?P<wrong> \$\{ )
    """,
    re.VERBOSE | re.ASCII | re.DOTALL,
)


def substituted(value: Any, place: str, environment: Mapping[str, str] | None = None) -> Any:  # noqa: ANN401 - what a configuration holds
    """Return a value with the variables in its texts, also inside lists and mappings.

    ``${VAR}`` must be set; ``${VAR:default}`` need not; ``${VAR:-default}`` neither, and the
    default stands for an empty one too; ``${VAR:?message}`` must be set and not be empty; ``$${``
    is the text ``${``. What is put in is never looked at again.

    Parameters
    ----------
    place
        Where the value stands, for messages.
    environment
        Without it that of the process.

    Raises
    ------
    ConfigError
        A variable is not set, or what follows ``${`` is none of the forms.

    Examples
    --------
    >>> given = {"url": "http://${HOST:localhost}:${PORT:-80}", "text": "$${HOST}"}
    >>> substituted(given, "shop", {"HOST": "db", "PORT": ""})
    {'url': 'http://db:80', 'text': '${HOST}'}
    """
    known = os.environ if environment is None else environment
    match value:
        case str():
            made = _FORMS.sub(lambda found: _meant(found, place, known), value)
            return Plain(made) if isinstance(value, Plain) else made
        case Mapping():
            return {key: substituted(item, f"{place}.{key}", known) for key, item in value.items()}
        case list():
            return [
                substituted(item, f"{place}[{number}]", known) for number, item in enumerate(value)
            ]
    return value


def _meant(found: re.Match[str], place: str, environment: Mapping[str, str]) -> str:
    """Return what one form stands for."""
    if found["literal"]:
        return "${"
    if found["wrong"]:
        problem = (
            "what follows '${' is no variable. Write ${NAME}, ${NAME:default}, ${NAME:-default} or"
            " ${NAME:?message}; a default holds no further '${'; the text '${' itself is '$${'."
        )
        raise ConfigError.at(place, problem)
    name, rest = found["name"], found["rest"] or ""
    value = environment.get(name)
    match found["sign"]:
        case ":-":
            return value or rest
        case ":":
            return rest if value is None else value
        case ":?" if not value:
            state = "not set" if value is None else "empty"
            raise ConfigError.at(place, f"environment variable {name!r} is {state}: {rest.strip()}")
        case None if value is None:
            problem = (
                f"environment variable {name!r} is not set. Set it, or write ${{{name}:default}}."
            )
            raise ConfigError.at(place, problem)
    return value or ""

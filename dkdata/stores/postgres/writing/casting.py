"""Values in the types that the columns of a table have, which somebody else may have chosen."""

from __future__ import annotations

from dkdata.stores.postgres.tables.types import DOCUMENT


def cast(value: str, given: str, to: str) -> str:
    """Return the SQL of a staged value in the type of a column.

    Examples
    --------
    >>> cast('"n"', "bigint", "integer")
    '"n"::integer'
    """
    if given == to:
        return value
    if given != DOCUMENT or not to.endswith("[]"):
        return f"{value}::{to}"
    # Lists whose items no array of dkdata's own has are documents on their way.
    item = to.removesuffix("[]")
    shown = "decode(item, 'base64')" if item == "bytea" else f"item::{item}"
    return (
        f"(CASE WHEN {value} IS NOT NULL THEN ARRAY(SELECT {shown} FROM"
        f" jsonb_array_elements_text({value}) WITH ORDINALITY AS list (item, place)"
        " ORDER BY place) END)"
    )

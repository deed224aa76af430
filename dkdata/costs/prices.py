"""The price table: of a file in the package, or of one that takes its place."""

from __future__ import annotations

import datetime as dt
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

from pydantic import BaseModel, ConfigDict, Field, field_validator

from dkdata.configuration import config, yaml_files
from dkdata.errors import ConfigError, UsageError, did_you_mean, listing
from dkdata.options import checked

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN = Path(str(files("dkdata.costs"))) / "prices.yaml"
_Price = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class Tier(_Strict):
    """What each GB costs up to so many in a month; without a number, all that are more."""

    price: _Price
    up_to: Annotated[float, Field(gt=0)] | None = None


class Region(_Strict):
    """What is asked for in one region: for GB, and for thousands of requests."""

    name: str = ""
    storage: list[Tier]
    write: _Price
    read: _Price
    transfer: list[Tier]

    @field_validator("storage", "transfer")
    @classmethod
    def _covers_all(cls, tiers: list[Tier]) -> list[Tier]:
        limits = [tier.up_to for tier in tiers]
        rising = [limit for limit in limits[:-1] if limit is not None]
        if not limits or limits[-1] is not None or rising != sorted(set(rising)):
            problem = "its up_to must rise, and the last price has none: it is that of the rest."
            raise ValueError(problem)
        if len(rising) < len(limits) - 1:
            problem = "only the last price can be without up_to."
            raise ValueError(problem)
        return tiers


class Prices(_Strict):
    """A price table: when it held, in which currency, where it is from."""

    date: dt.date
    currency: str
    source: str = ""
    regions: dict[str, Region]

    def region(self, name: str, path: Path) -> Region:
        """Return what is asked for in a region.

        Raises
        ------
        UsageError
            The table does not have it.
        """
        found = self.regions.get(name)
        if found is None:
            message = (
                f"region={name!r} is not in the price table {str(path)!r}."
                f"{did_you_mean(name, self.regions)} There are: {listing(self.regions)}. Give one"
                " of them, or a table that has it: prices=path."
            )
            raise UsageError(message)
        return found


def cost_of(amount: float, tiers: Sequence[Tier]) -> float:
    """Return the price of so many GB.

    Examples
    --------
    >>> cost_of(150, [Tier(price=0.5, up_to=100), Tier(price=0.25)])
    62.5
    """
    total = below = 0.0
    for tier in tiers:
        most = amount if tier.up_to is None else min(amount, tier.up_to)
        total += max(0.0, most - below) * tier.price
        below = max(below, most)
    return total


def price_table(path: Path | None) -> tuple[Prices, Path]:
    """Return the price table of a file, of the configuration's, or the package's own.

    Raises
    ------
    ConfigError
        The file cannot be read, or is no price table.
    """
    found = path or config().prices or OWN
    if found == OWN:
        return _own(), OWN
    return _read(found), found


@cache
def _own() -> Prices:
    return _read(OWN)


def _read(path: Path) -> Prices:
    try:
        given = yaml_files.read(path, str(path), "regions")
        return cast("Prices", checked(Prices, given, str(path)))
    except ConfigError as error:
        message = f"the price table {error} Begin with a copy of {str(OWN)!r}."
        raise ConfigError(message) from error

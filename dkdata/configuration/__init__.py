"""``dkdata.yaml``: named stores, suites and schemas, with values from the environment."""

from dkdata.configuration.factories import KINDS, register_factory
from dkdata.configuration.finding import config, configure, url_stores, workspace
from dkdata.configuration.resolving import Config

__all__ = ["KINDS", "Config", "config", "configure", "register_factory", "url_stores", "workspace"]

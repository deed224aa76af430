"""Predicates and aggregates as Elasticsearch is asked them, as far as it answers exactly."""

from dkdata.dialects.elasticsearch.conditions import EVERYTHING as EVERYTHING
from dkdata.dialects.elasticsearch.conditions import NOTHING as NOTHING
from dkdata.dialects.elasticsearch.conditions import Indexed as Indexed
from dkdata.dialects.elasticsearch.conditions import divided as divided

"""Values of other types, text above all, to the types of a schema; nothing lost unsaid."""

from dkdata.validation.coercion.custom import register_coercion
from dkdata.validation.coercion.result import CoerceResult
from dkdata.validation.coercion.running import coerce

__all__ = ["CoerceResult", "coerce", "register_coercion"]

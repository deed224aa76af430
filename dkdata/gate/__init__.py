"""The quality gate of a save: which rows a suite lets pass, and where the others go."""

from dkdata.gate.gating import Gate, OnInvalid

__all__ = ["Gate", "OnInvalid"]

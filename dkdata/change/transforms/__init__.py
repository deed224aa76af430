"""Transformations: steps that make other rows of rows, of frames, streams and records alike."""

from dkdata.change.transforms.running import Block, Running
from dkdata.change.transforms.transform import Transform, Transformed

__all__ = ["Block", "Running", "Transform", "Transformed"]

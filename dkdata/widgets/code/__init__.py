"""A suite as code."""

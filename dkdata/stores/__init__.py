"""Backends, one a file; imported by name on use (``dkdata.registry``)."""

"""Suites that are saved in the workspace, and used by their names."""

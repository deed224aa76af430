"""Queries of a table, and their rows as Arrow batches."""

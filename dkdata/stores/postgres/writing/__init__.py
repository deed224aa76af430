"""Writes into a table, and changes of it."""

"""Rows as records: one by one, with ids and metadata, in any store."""

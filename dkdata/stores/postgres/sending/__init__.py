"""Rows as the bytes of a binary COPY."""

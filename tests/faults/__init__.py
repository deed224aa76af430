"""Saves that are killed, interrupted, repeated and raced; nothing may be torn or lost."""

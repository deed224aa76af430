"""Answers about tables whose server answers: counts travel, and the few rows that are shown."""

"""Predicates and queries in PostgreSQL's SQL, as far as they mean there exactly the same."""

"""Results compared with those of Great Expectations itself, cell by cell."""

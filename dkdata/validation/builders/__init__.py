"""The builders of expectations: ``expect(column)`` and those for pairs, columns and tables."""

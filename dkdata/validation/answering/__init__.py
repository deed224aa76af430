"""A suite's expectations answered, each by the cheapest tier that can."""

"""PostgreSQL, against what its driver and its server can do, and what people use today."""

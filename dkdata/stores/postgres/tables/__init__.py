"""What a PostgreSQL database says of its tables, and what is kept about them."""

"""The explorer of the columns, rows and rules of a frame, in a real browser."""

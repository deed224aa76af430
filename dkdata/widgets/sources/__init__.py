"""What an explorer shows: a frame in memory, or a table of a store."""

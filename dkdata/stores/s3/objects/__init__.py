"""Tables whose rows are objects: one JSON object for each record, named by its id."""

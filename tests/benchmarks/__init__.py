"""How long saves and loads take, against the tool that does the same by hand."""

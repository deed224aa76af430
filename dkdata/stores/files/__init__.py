"""Single files as tables: formats, atomic replacement, locks, descriptors beside text files."""

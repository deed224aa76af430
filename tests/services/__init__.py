"""Real servers for the tests: found where there are some, else started on this machine.

``python -m tests.services up`` starts them, ``status`` shows them, ``down`` stops them; ``get``
makes sure that their programs are there, which may have to be built.
"""

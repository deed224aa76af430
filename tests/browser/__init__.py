"""A real browser before real notebooks: what the tests of widgets need.

``conftest.py`` has the fixtures; a test that asks for ``lab`` gets a page of JupyterLab.
"""

"""Tests that must fail, each by what a page does; `test_watching` runs them."""

from __future__ import annotations


def test_an_error_of_the_page(page):
    page.set_content("<script>setTimeout(() => { throw new Error('thrown') })</script>")


def test_a_rejected_promise(page):
    page.set_content("<script>Promise.reject(new Error('rejected'))</script>")


def test_an_error_on_the_console(page):
    page.set_content("<script>console.error('said')</script>")


def test_a_request_to_another_machine(page):
    page.set_content("<img src='https://cdn.example/logo.png'>")


def test_an_assertion(page):
    page.set_content("<p>kept")
    assert page.inner_text("p") == "lost"

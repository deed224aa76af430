"""axe-core finds what keeps people from using a page."""

from __future__ import annotations

PAGE = "<html lang='en'><head><title>a page</title></head><body><main>{}</main></body></html>"


def test_planted_violations_are_found_where_they_are_looked_for(page, violations):
    page.set_content(
        PAGE.format(
            '<div id="bad"><button></button><p style="color: #ccc">pale</p></div>'
            '<div id="good"><button>Save</button><p>dark</p></div>'
        )
    )
    assert violations(page.locator("#bad")) == [
        "button-name: <button></button>",
        'color-contrast: <p style="color: #ccc">pale</p>',
    ]
    assert violations(page.locator("#good")) == []

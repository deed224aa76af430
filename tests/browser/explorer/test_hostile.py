"""Whatever is in a frame is shown as data, and nothing of it runs."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser.explorer.shown import Shown

HOSTILE = r"""image = "<img src=x onerror=\"document.title='taken'\">"
script = "</script><script>document.title='taken'</script>"
frame = pd.DataFrame({
    image: [image, script, None, "\u202eevil", "'; DROP TABLE t; --"],
    "\u202e\u0634\u0647\u0631": [1.5, np.nan, np.inf, -np.inf, 0.0],
    "a \"b\" 'c' ${d} {{e}}": ["x" * 1_000_000, "", " ", "\x00\x07", "💥"],
    "bytes": [b"\xff\x00<b>", b"", None, b"a", b"b"],
    "nested": [{"a": [1, {"b": image}]}, {}, None, {"a": []}, {"a": [2]}],
    "": range(5),
})
suite = dk.Suite("s", [*dk.expect(image).in_set([image, script]), *dk.expect("bytes").not_null()])
explorer = dk.explore(frame, suite, name=image); explorer"""


def test_hostile_names_and_values_are_text(explore):
    shown = explore(HOSTILE)
    image = shown.lab.value("image")
    expect(shown.box.get_by_role("heading", level=2)).to_contain_text("<img src=x")
    expect(shown.row(0).get_by_role("gridcell").first).to_have_text(image)
    shown.choose("<img")
    expect(shown.region("Top values")).to_contain_text(image)
    shown.go("Expectations")
    expect(shown.rule("in_set")).to_contain_text("2 of 5 fail")
    shown.button("+ Add expectation").click()
    expect(shown.box.get_by_role("form").get_by_label("Column", exact=True)).to_have_value(image)
    shown.page.keyboard.press("Escape")
    for name in ("\u0634\u0647\u0631", "${d}", "bytes", "nested"):
        shown.choose(name)
    shown.button("Suite as code").click()
    expect(shown.region("Python of the suite")).to_contain_text("onerror")
    shown.lab.execute("explorer.showing = explorer.rules[0]['key']")
    shown.go("Rows")
    expect(shown.panel.get_by_role("status").first).to_have_text("2 of 5 rows")
    shown.lab.execute("explorer.showing = ''; explorer.diff(frame.iloc[:, 1:])")
    shown.go("Compare")
    expect(shown.region("Changes")).to_contain_text("<img")
    assert shown.box.locator("img").count() == 0
    assert shown.page.title() != "taken"


FRAMES = {
    "duplicate names": (
        "pd.DataFrame([[1, 2, 3]], columns=['a', 'a', 'b'])", "1 row by 3 columns", ["1", "2", "3"]
    ),
    "no rows": ("pd.DataFrame({'a': pd.Series([], dtype='int64')})", "0 rows by 1 column", None),
    "no columns": ("pd.DataFrame(index=range(3))", "3 rows by 0 columns", []),
    "nothing": ("pd.DataFrame()", "0 rows by 0 columns", None),
    "ten thousand columns": (
        "pd.DataFrame(np.ones((3, 10_000)), columns=[f'c{n}' for n in range(10_000)])",
        "3 rows by 10,000 columns", None,
    ),
}  # fmt: skip


def test_frames_without_rows_or_columns_and_with_far_too_many(explore):
    sources = [f"explorer = dk.explore({frame}); explorer" for frame, _, _ in FRAMES.values()]
    lab = explore(*sources).lab
    for cell, (_, size, cells) in enumerate(FRAMES.values(), start=1):
        shown = Shown(lab, cell)
        expect(shown.box.get_by_text(size.replace(" by ", " \u00d7 "))).to_be_visible()
        if cells is None:
            continue
        expect(shown.row(0).get_by_role("rowheader")).to_have_text("0")
        shown.expect_row(0, *cells)
    shown.box.get_by_role("searchbox").fill("c9999")
    shown.choose("c9999")
    assert lab.value("explorer.selected") == 9_999
    assert shown.root.locator("*").count() < 3_000


def test_the_second_of_two_columns_of_the_same_name_is_opened(explore):
    same = "frame = pd.DataFrame([[1, 2]], columns=['a', 'a'])"
    shown = explore(f"{same}; explorer = dk.explore(frame); explorer")
    shown.columns.get_by_role("rowheader").nth(1).click()
    expect(shown.panel.get_by_text("values", exact=True)).to_be_visible()
    assert shown.lab.value("explorer.selected") == 1

from __future__ import annotations

import pytest

from dkdata.validation.saved import numbered


def test_numbers_go_up(tmp_path):
    folder = tmp_path / "new" / "people"
    assert [numbered.add(folder, text) for text in "abc"] == [1, 2, 3]
    assert numbered.numbers(folder) == [3, 2, 1]
    assert [numbered.path_of(folder, number).read_text() for number in (1, 2, 3)] == list("abc")
    assert sorted(path.name for path in folder.iterdir()) == ["1.json", "2.json", "3.json"]


def test_other_files_have_no_numbers(tmp_path):
    for name in ("0.json", "01.json", "-1.json", ".7.json.new", "9.txt", "x9.json"):
        (tmp_path / name).touch()
    assert numbered.numbers(tmp_path) == []
    assert numbered.numbers(tmp_path / "9.txt") == []
    assert numbered.numbers(tmp_path / "nowhere") == []


def test_a_number_that_somebody_is_writing_is_skipped(tmp_path):
    numbered.add(tmp_path, "a")
    (tmp_path / ".2.json.new").write_text("half of")
    assert numbered.add(tmp_path, "b") == 3
    assert numbered.numbers(tmp_path) == [3, 1]
    assert (tmp_path / ".2.json.new").read_text() == "half of"


def test_a_file_that_came_after_the_numbers_were_read_is_not_overwritten(tmp_path):
    numbered.add(tmp_path, "theirs")
    assert numbered._put(numbered.path_of(tmp_path, 1), "ours") is False
    assert [path.read_text() for path in tmp_path.iterdir()] == ["theirs"]


def test_a_text_that_cannot_be_written_leaves_nothing(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        numbered.add(tmp_path, "\ud800")
    assert list(tmp_path.iterdir()) == []

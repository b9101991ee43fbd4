"""Changes to the settings file: what is changed is read back as it was meant, and the rest stays to the letter."""

from io import StringIO

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

from router.config import examine_settings
from router.config.settings_file import edit

FILE = """# who we are
MATTERMOST_URL=https://old.example.org # keep this

export X=1
GITHUB_WEBHOOK_SECRET="s # s"
"""


def test_a_setting_is_changed_in_its_place_and_everything_else_stays():
    assert edit(FILE, {"MATTERMOST_URL": "https://new.example.org"}) == FILE.replace("old", "new")


def test_a_new_setting_is_added_at_the_end():
    assert edit(FILE, {"A": "1"}) == f"{FILE}A=1\n"


def test_a_file_whose_last_line_has_no_end_gets_one_before_what_is_added():
    assert edit("A=1", {"B": "2"}) == "A=1\nB=2\n"


def test_an_exported_setting_stays_exported():
    assert "export X=2\n" in edit(FILE, {"X": "2"})


def test_a_setting_is_taken_out_with_its_line_and_the_blank_line_before_it_stays():
    assert edit(FILE, {"X": None}) == FILE.replace("export X=1\n", "")


def test_of_a_setting_that_stands_twice_the_one_that_counts_is_changed_and_the_other_goes():
    assert edit("A=1\nB=2\nA=3\n", {"A": "4"}) == "B=2\nA=4\n"


def test_a_value_with_a_hash_leaves_no_piece_of_itself_behind():
    assert "GITHUB_WEBHOOK_SECRET=new\n" in edit(FILE, {"GITHUB_WEBHOOK_SECRET": "new"})


def test_two_tokens_are_quoted_as_systemd_wants_it():
    assert edit("", {"A": "one two"}) == 'A="one two"\n'


def test_nothing_changes_without_changes():
    assert edit(FILE, {}) == FILE


LINE = st.sampled_from(["# note\n", "\n", "A=1\n", "B=2 # two\n", "export C=3\n", "  A=4\n", "D='x y'\n"])


@given(
    st.lists(LINE, max_size=8), st.sampled_from("ABCDE"), st.text("abc123 :/.-", min_size=1).map(str.strip).filter(bool)
)
def test_whatever_stood_there_the_new_value_is_read_back_and_no_other_is_changed(tmp_path_factory, lines, name, value):
    before = "".join(lines)
    assert parsed(edit(before, {name: value})) == parsed(before) | {name: value}


def parsed(text):

    return dict(dotenv_values(stream=StringIO(text), interpolate=False))


@pytest.mark.parametrize("value", ["https://chat.example.com:8065", "ab12 cd34"])
def test_the_settings_are_read_as_they_were_written(tmp_path, value):
    name = "ROUTER_PUBLIC_URL" if "/" in value else "MATTERMOST_OUTGOING_TOKEN"
    file = tmp_path / "router.env"
    file.write_text(edit("", {name: value}), encoding="utf-8")
    settings, faults = examine_settings({"ROUTER_ENV_FILE": str(file)})
    assert not faults
    assert value in {settings.public_url, " ".join(settings.mattermost_outgoing_token.values)}

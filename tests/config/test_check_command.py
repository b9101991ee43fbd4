"""`escalation-router check`, as people and scripts see it."""

import json
from contextlib import chdir
from pathlib import Path

import pytest
from click.testing import CliRunner

from router.cli.check import check


@pytest.fixture
def run(tmp_path):
    """Run the command in an empty folder, with a policy file if there is a text for one, and these settings."""

    def run(*arguments, text=None, **environ):
        path = tmp_path / "policy.toml"
        if text is not None:
            path.write_text(text, encoding="utf-8")
        runner = CliRunner(env={"ROUTER_POLICY": str(path), "ROUTER_ENV_FILE": None, **environ})
        with chdir(tmp_path):
            return runner.invoke(check, arguments)

    return run


def test_a_sound_file_is_exit_code_0_with_its_warnings_marked(run, small, tmp_path):
    result = run(text=small)
    assert result.exit_code == 0
    assert result.stdout == (
        f"warning: {tmp_path}/policy.toml: conduct.committee: nobody sits on the committee: the conduct desk is off. "
        "Name roles or people to switch it on.\n"
        f"{tmp_path}/policy.toml and the settings: no faults, 1 warning\n"
    )
    assert result.stderr == ""


def test_the_shipped_file_has_no_faults(run, shipped):
    result = run(text=shipped)
    assert result.exit_code == 0
    assert result.stdout.endswith("no faults, 6 warnings\n")


def test_every_fault_is_a_line_and_the_exit_code_1(run, small, tmp_path):
    result = run(text=small.replace('"7d"', '"a week"'), ROUTER_SECRET_KEY="short")
    assert result.exit_code == 1
    assert "environment: ROUTER_SECRET_KEY: is shorter than 16 characters." in result.stdout
    assert f'\n{tmp_path}/policy.toml:28: escalation.close_after: "a week" is no duration. Write' in result.stdout
    assert result.stdout.endswith("2 faults, 1 warning\n")


def test_absent_settings_are_no_fault(run, small):
    assert run(text=small, MATTERMOST_URL=None, ROUTER_SECRET_KEY=None).exit_code == 0


def test_a_missing_file_is_a_fault_that_says_what_to_do(run):
    result = run(ROUTER_POLICY=None)
    assert result.exit_code == 1
    assert result.stdout.startswith("responders.toml: ROUTER_POLICY: the file can't be read: No such file")
    assert "Set ROUTER_POLICY to the policy file, or start in the folder that holds it." in result.stdout


def test_the_file_of_settings_may_name_the_policy_file(run, small, tmp_path):
    settings = tmp_path / "router.env"
    settings.write_text(f"ROUTER_POLICY={tmp_path}/policy.toml\n", encoding="utf-8")
    assert run(text=small, ROUTER_POLICY=None, ROUTER_ENV_FILE=str(settings)).exit_code == 0


def test_json_is_one_document_and_nothing_else(run, small):
    result = run("--json", text=small.replace('"7d"', '"a week"'))
    document = json.loads(result.stdout)
    assert result.exit_code == 1
    assert [set(fault) for fault in document["faults"]] == [{"file", "line", "path", "problem", "remedy"}]
    assert [warning["path"] for warning in document["warnings"]] == ["conduct.committee"]


def test_json_of_a_sound_file_has_no_faults(run, small):
    result = run("--json", text=small)
    assert (result.exit_code, json.loads(result.stdout)["faults"]) == (0, [])


def test_no_secret_is_printed(run, small):
    result = run("--json", text=small, MATTERMOST_TOKEN="hush hush hush", GENERIC_SECRETS="a=hush")
    assert result.exit_code == 1
    assert "hush" not in result.output


def test_the_default_is_the_file_in_the_current_folder(small, tmp_path):
    runner = CliRunner(env={"ROUTER_POLICY": None, "ROUTER_ENV_FILE": None})
    with chdir(tmp_path):
        Path("responders.toml").write_text(small, encoding="utf-8")
        assert runner.invoke(check).exit_code == 0


def test_a_model_that_can_not_be_read_is_a_fault_and_one_that_is_only_watched_a_warning(run, small, tmp_path):
    (tmp_path / "own.model").write_text("not a model")
    named = run(text=f'{small}\n[classifier]\nmodel = "own.model"\n')
    assert named.exit_code == 1
    assert f"\n{tmp_path}/own.model: classifier.model: is no model: " in f"\n{named.stdout}"
    assert "Train it anew, or take the key out." in named.stdout
    watched = run(text=f'{small}\n[classifier]\nshadow = "own.model"\n')
    assert watched.exit_code == 0
    assert f"\nwarning: {tmp_path}/own.model: classifier.shadow: is no model: " in watched.stdout


def test_faults_of_a_policy_file_that_is_only_watched_are_warnings(run, small, tmp_path):
    (tmp_path / "next.toml").write_text(small.replace('"7d"', '"a week"'), encoding="utf-8")
    result = run(text=f'{small}\n[classifier]\nshadow_policy = "next.toml"\n')
    assert result.exit_code == 0
    assert f'warning: {tmp_path}/next.toml:28: escalation.close_after: "a week" is no duration.' in result.stdout
    assert result.stdout.endswith("no faults, 2 warnings\n")


def test_a_generic_sender_without_a_secret_is_warned_of(run, small):
    table = '[sources."generic/shop"]\nfields = { id = "nr" }\n'
    result = run(text=small + table, GENERIC_SECRETS="town=whsec_QUJD")
    assert result.exit_code == 0
    assert 'sources."generic/shop": has no secret, so it is refused. Add shop=whsec_… to' in result.stdout
    assert "has no secret" not in run(text=small + table, GENERIC_SECRETS="shop=whsec_QUJD").stdout


def test_a_source_that_there_is_not_is_warned_of(run, small):
    result = run(text=f'{small}[sources.gitbub]\nmanager = "Manager"\n[sources.x]\nmanager = "Manager"\n')
    assert result.exit_code == 0
    assert (
        "sources.gitbub: there is no such source. Correct the name, or take the table out; there are: " in result.stdout
    )
    assert "sources.x" not in result.stdout


def test_a_forum_that_is_not_named_or_has_a_key_of_nobody_is_warned_of(run, small):
    secret, forum = {"DISCOURSE_WEBHOOK_SECRET": "a-secret"}, {"DISCOURSE_URL": "https://forum.example.org"}
    key, user = {"DISCOURSE_API_KEY": "a-key"}, {"DISCOURSE_API_USERNAME": "reader"}
    assert "warning: environment: DISCOURSE_URL: is not set" in run(text=small, **secret).stdout
    assert "warning: environment: DISCOURSE_API_USERNAME: is" in run(text=small, **secret, **forum, **key).stdout
    assert "DISCOURSE" not in run(text=small, **secret, **forum, **key, **user).stdout


def test_a_database_that_serve_would_refuse_is_a_fault(run, small):
    result = run(text=small, ROUTER_DATABASE_URL="sqlite:///router.db")
    assert result.exit_code == 1
    assert "ROUTER_DATABASE_URL: there is no backend for sqlite://" in result.stdout


def test_a_setting_that_is_nearly_one_is_warned_of_while_that_is_missing(run, small, tmp_path):
    (tmp_path / "router.env").write_text("TZ=UTC\nDISCORSE_WEBHOOK_SECRET=abc\n")
    misspelt = "router.env:2: DISCORSE_WEBHOOK_SECRET: is no setting. Did you mean DISCOURSE_WEBHOOK_SECRET?"
    result = run(text=small, ROUTER_ENV_FILE=str(tmp_path / "router.env"))
    assert (result.exit_code, misspelt in result.stdout, "TZ" in result.stdout) == (0, True, False)
    assert (
        "is no setting"
        not in run(text=small, ROUTER_ENV_FILE=str(tmp_path / "router.env"), DISCOURSE_WEBHOOK_SECRET="abc").stdout
    )

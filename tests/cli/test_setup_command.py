"""`setup` as an administrator meets it: a bare Mattermost becomes ready, stays so, and is bare after `--remove`."""

import json
import os
import stat
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from bare_mattermost import PUBLIC_URL, ground

from router.config import read_settings
from router.sandbox import Fault

MADE = (
    ("POST", "/api/v4/teams$"),
    ("POST", "/api/v4/channels$"),
    ("POST", "/api/v4/bots$"),
    ("POST", "/api/v4/users/[a-z0-9]+/tokens$"),
    ("POST", "/api/v4/teams/[a-z0-9]+/members$"),
    ("POST", "/api/v4/channels/[a-z0-9]+/members$"),
    ("POST", "/api/v4/commands$"),
    ("POST", "/api/v4/hooks/outgoing$"),
)
UNMADE = (
    ("DELETE", "/api/v4/hooks/outgoing/"),
    ("DELETE", "/api/v4/commands/"),
    ("DELETE", "/api/v4/channels/[a-z0-9]+$"),
    ("POST", "/api/v4/users/tokens/revoke"),
    ("POST", "/api/v4/bots/[a-z0-9]+/disable"),
)


@pytest.fixture
def place(tmp_path):
    made = ground(tmp_path)
    with made.sandbox:
        yield made


def members(place, channel):
    """The usernames in a channel, the bot's and the administrator's included."""
    with place.administration() as admin:
        team = admin.team("staff")
        accounts = {**admin.accounts(["ann", "bob.baker", "cat", "dan", "escalations"])}
        inside = admin.in_channel(admin.channel(team.id, channel).id, [one.id for one in accounts.values()])
        return {name for name, one in accounts.items() if one.id in inside}


def integrations(place):
    with place.administration() as admin:
        team = admin.team("staff")
        return [*admin.commands(team.id), *admin.hooks(team.id)] if team else []


# ------------------------------------------------------------------------------------------------- making


def test_a_channel_that_is_watched_no_more_loses_what_setup_made_there(place):
    place.watch("questions")
    assert place.run("setup", "--yes")[0] == 0
    place.watch()
    assert place.run("setup", "--remove", "--yes")[0] == 0
    with place.administration() as admin:
        assert admin.channel(admin.team("staff").id, "questions").delete_at
    assert integrations(place) == []


def test_a_watched_channel_has_the_bot_and_a_webhook_whose_token_is_written_and_loses_both(place):
    with place.administration() as admin:
        channel = admin.make_channel(admin.make_team("staff").id, "questions", "asked", private=False)
    place.watch("questions")
    assert place.run("setup", "--yes")[0] == 0
    (hook,) = [one for one in integrations(place) if getattr(one, "channel_id", "") == channel.id]
    assert members(place, "questions") == {"escalations"}
    assert hook.token in read_settings({"ROUTER_ENV_FILE": str(place.env_file)}).mattermost_outgoing_token.values
    assert place.run("setup", "--remove", "--yes")[0] == 0
    assert (members(place, "questions"), integrations(place)) == (set(), [])


def test_a_bare_mattermost_becomes_ready(place):
    code, out, err = place.run("setup", "--yes")
    assert (code, err) == (0, ""), out
    assert members(place, "escalations") == members(place, "triage") == {"escalations", "ann", "bob.baker", "dan"}
    assert members(place, "committee") == {"escalations", "ann", "cat"}
    with place.administration() as admin:
        team = admin.team("staff")
        types = {name: admin.channel(team.id, name).type for name in ("escalations", "triage", "committee")}
    assert types == {"escalations": "O", "triage": "O", "committee": "P"}


def test_the_command_and_the_webhooks_call_the_router(place):
    place.run("setup", "--yes")
    command, *hooks = integrations(place)
    assert (command.trigger, command.url) == ("escalation", f"{PUBLIC_URL}/mattermost/command")
    assert "claim" in command.auto_complete_hint
    assert len(hooks) == 2
    for hook in hooks:
        assert hook.callback_urls == (f"{PUBLIC_URL}/mattermost/outgoing",)
        assert not hook.trigger_words
        assert hook.content_type == "application/json"


def test_the_settings_file_has_what_the_router_needs_and_is_for_its_owner_alone(place):
    place.run("setup", "--yes", "--url", place.sandbox.url, MATTERMOST_URL=None)
    settings = read_settings({"ROUTER_ENV_FILE": str(place.env_file)})
    command, *hooks = integrations(place)
    assert (settings.mattermost_url, settings.mattermost_token.first) == (
        place.sandbox.url,
        place.sandbox.token_of("escalations"),
    )
    assert settings.mattermost_command_token.values == (command.token,)
    assert set(settings.mattermost_outgoing_token.values) == {hook.token for hook in hooks}
    assert settings.github_webhook_secret
    assert settings.secret_key
    assert stat.S_IMODE(place.env_file.stat().st_mode) == stat.S_IMODE(place.receipt.stat().st_mode) == 0o600


def test_what_was_in_the_settings_file_stays(place):
    place.env_file.write_text("# ours\nGITHUB_WEBHOOK_SECRET=known-to-github\n", encoding="utf-8")
    place.run("setup", "--yes")
    assert place.settings.startswith("# ours\nGITHUB_WEBHOOK_SECRET=known-to-github\n")


def test_no_secret_is_shown_or_kept_in_the_receipt(place):
    code, out, err = place.run("setup", "--yes")
    secrets = [
        line.partition("=")[2].strip('"') for line in place.settings.splitlines() if "TOKEN" in line or "SECRET" in line
    ]
    told = out + err + place.receipt.read_text(encoding="utf-8")
    assert len(secrets) == 5
    assert code == 0
    assert not [one for secret in secrets for one in (*secret.split(), place.sandbox.admin_token) if one in told]
    assert place.sandbox.admin_token not in place.settings


def test_the_second_run_has_nothing_to_do(place):
    place.run("setup", "--yes")
    before = place.settings
    code, out, _ = place.run("setup")
    assert (code, out.splitlines()[-2]) == (0, "nothing to do")
    assert place.settings == before


def test_a_dry_run_shows_the_plan_and_does_nothing(place):
    code, out, _ = place.run("setup", "--dry-run")
    assert code == 0
    assert "make the team staff" in out
    assert integrations(place) == []
    assert not place.env_file.exists()
    assert not place.receipt.exists()


def test_without_a_yes_nothing_is_done(place):
    code, _, _ = place.run("setup")
    assert code == 1
    assert integrations(place) == []


def test_the_plan_as_json_is_one_document(place):
    code, out, _ = place.run("setup", "--dry-run", "--json")
    document = json.loads(out)
    assert code == 0
    assert {"steps", "in_the_way", "notes"} == set(document)
    assert "team" in {step["do"] for step in document["steps"] if not step["done"]}


def test_what_somebody_made_by_hand_is_used_as_it_is(place):
    place.sandbox.add_team("staff")
    place.sandbox.add_channel("staff", "escalations")
    token = place.sandbox.add_bot("router-bot")
    place.write(MATTERMOST_TOKEN=token)
    code, _, err = place.run("setup", "--yes")
    assert (code, err) == (0, "")
    assert f"MATTERMOST_TOKEN={token}\n" in place.settings
    with place.administration() as admin:
        assert "escalations" not in admin.accounts(["escalations"])


def test_another_address_of_the_router_reaches_command_and_webhooks(place):
    place.run("setup", "--yes")
    before = [one.token for one in integrations(place)]
    place.run("setup", "--yes", "--public-url", "https://new.example.com", ROUTER_PUBLIC_URL=None)
    command, *hooks = integrations(place)
    assert {command.url, *(hook.callback_urls[0] for hook in hooks)} == {
        "https://new.example.com/mattermost/command",
        "https://new.example.com/mattermost/outgoing",
    }
    assert [one.token for one in (command, *hooks)] == before


def test_a_token_that_is_refused_is_replaced(place):
    place.run("setup", "--yes")
    place.write(MATTERMOST_TOKEN="gone" * 6)
    place.run("setup", "--yes")
    assert read_settings({"ROUTER_ENV_FILE": str(place.env_file)}).mattermost_token.first == place.sandbox.token_of(
        "escalations"
    )


def test_what_was_taken_away_is_mended(place):
    place.run("setup", "--yes")
    with place.administration() as admin:
        team = admin.team("staff")
        admin.archive_channel(admin.channel(team.id, "triage").id)
        admin.set_bot(place.sandbox.id_of("escalations"), active=False)
    code, out, err = place.run("setup", "--yes")
    assert (code, err) == (0, ""), out
    assert len(integrations(place)) == 3
    assert "\nnothing to do\n" in place.run("setup")[1]


# ------------------------------------------------------------------------------------------------- people


def test_a_near_miss_is_named_with_who_is_meant(place):
    place.sandbox.rename("bob.baker", "bobbaker")
    _, out, _ = place.run("setup", "--dry-run")
    assert "@bob.baker (Bob Baker) has no account here: did you mean @bobbaker?" in out


def test_somebody_without_an_account_and_somebody_deactivated_are_named(place):
    policy = place.folder / "responders.toml"
    policy.write_text(policy.read_text(encoding="utf-8").replace("Dan Draper", "Zoe").replace('"dan"\n', '"zoe"\n'))
    place.sandbox.deactivate("cat")
    _, out, _ = place.run("setup", "--dry-run")
    assert "@zoe (Zoe) has no account here: invite them" in out
    assert "@cat (Cat Cook) is deactivated" in out


# ------------------------------------------------------------------------------------------------- in the way


def test_a_setting_of_the_server_that_is_in_the_way_is_named_with_its_remedy_and_nothing_is_done(place):
    place.sandbox.configure(EnableBotAccountCreation=False)
    code, out, _ = place.run("setup", "--yes")
    assert code == 1
    assert "mmctl config set ServiceSettings.EnableBotAccountCreation true" in out
    assert integrations(place) == []


def test_an_empty_site_url_is_a_note(place):
    place.sandbox.configure(SiteURL="")
    code, out, _ = place.run("setup", "--yes")
    assert code == 0
    assert f"MM_SERVICESETTINGS_SITEURL={place.sandbox.url}" in out


def test_a_command_of_somebody_else_is_left_alone(place):
    place.sandbox.add_team("staff")
    place.sandbox.add_command("staff", "escalation", "https://elsewhere.example.com/run")
    code, out, _ = place.run("setup", "--yes")
    assert code == 1
    assert "https://elsewhere.example.com/run" in out
    assert [one.url for one in integrations(place)] == ["https://elsewhere.example.com/run"]


def test_a_public_channel_for_the_committee_is_refused(place):
    place.sandbox.add_team("staff")
    place.sandbox.add_channel("staff", "committee")
    code, out, _ = place.run("setup", "--yes")
    assert code == 1
    assert "~committee is public" in out


def test_a_person_of_the_bots_name_is_in_the_way(place):
    place.sandbox.add_user("escalations")
    assert "--bot" in place.run("setup", "--yes")[1]
    assert place.run("setup", "--yes", "--bot", "desk")[0] == 0


def test_a_token_in_the_environment_that_is_refused_is_in_the_way(place):
    code, out, _ = place.run("setup", "--yes", MATTERMOST_TOKEN="x" * 26)
    assert code == 1
    assert "MATTERMOST_TOKEN is set in the environment, which wins" in out


def test_settings_of_another_server_are_not_sent_to_this_one(place):
    place.write(MATTERMOST_URL="https://other.example.com", MATTERMOST_TOKEN="o" * 26)
    code, _, err = place.run("setup", "--yes", "--url", place.sandbox.url, MATTERMOST_URL=None)
    assert (code, err) == (0, "")
    assert f"MATTERMOST_URL={place.sandbox.url}\n" in place.settings
    assert read_settings({"ROUTER_ENV_FILE": str(place.env_file)}).mattermost_token.first == place.sandbox.token_of(
        "escalations"
    )


# ------------------------------------------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"MATTERMOST_ADMIN_TOKEN": None}, "put it into MATTERMOST_ADMIN_TOKEN"),
        ({"MATTERMOST_ADMIN_TOKEN": "x" * 26}, "Mattermost refuses the administrator's token"),
        ({"MATTERMOST_ADMIN_TOKEN": "two words"}, "the administrator's token: expected printable"),
        ({"MATTERMOST_URL": "http://127.0.0.1:9"}, "nothing listens at MATTERMOST_URL"),
        ({"ROUTER_POLICY": "nowhere.toml"}, "the file can't be read"),
    ],
)
def test_what_can_not_work_is_told_in_one_line(place, changed, told):
    code, out, err = place.run("setup", "--yes", **changed)
    assert code == 1
    assert told in err
    assert len(err.splitlines()) == 1
    assert out == ""


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        ((200, {"Content-Type": "text/html"}, b"<html>Welcome</html>"), "is not Mattermost: correct the address"),
        ((302, {"Location": "https://chat.example.com/x"}, b""), "leads to a redirect to https://chat.example.com"),
        ((502, {}, b"Bad gateway"), "a proxy answers in place of Mattermost (502)"),
    ],
)
def test_what_answers_in_place_of_mattermost_is_told_in_one_line(place, answer, told):
    status, headers, body = answer

    class Stranger(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            """Stay silent."""

    with HTTPServer(("127.0.0.1", 0), Stranger) as server:
        answering = threading.Thread(target=server.serve_forever)
        answering.start()
        code, _, err = place.run("setup", "--yes", MATTERMOST_URL=f"http://127.0.0.1:{server.server_port}")
        server.shutdown()
        answering.join()
    assert code == 1
    assert told in err
    assert len(err.splitlines()) == 1


def test_somebody_who_is_no_administrator_is_refused_by_name(place):
    code, _, err = place.run("setup", "--yes", MATTERMOST_ADMIN_TOKEN=place.sandbox.token_of("ann"))
    assert code == 1
    assert "@ann, who is no system administrator" in err


@pytest.mark.parametrize("missing", ["MATTERMOST_URL", "ROUTER_PUBLIC_URL"])
def test_an_address_that_is_missing_is_asked_for(place, missing):
    code, _, err = place.run("setup", "--yes", **{missing: None})
    assert code == 2
    assert missing in err


def test_one_whom_mattermost_will_not_have_does_not_keep_out_the_others(place):
    place.sandbox.faults.add(
        Fault("error", "POST", "/teams/[a-z0-9]+/members$", times=1, status=400, error_id="api.team.x")
    )
    code, _, err = place.run("setup", "--yes")
    assert code == 1
    assert "could not be added to staff" in err
    assert place.run("setup", "--yes")[0] == 0
    assert "\nnothing to do\n" in place.run("setup")[1]


# ------------------------------------------------------------------------------------------------- at a terminal


def test_at_a_terminal_the_token_is_asked_for_unseen_and_the_plan_agreed_to(place):
    ours, theirs = os.openpty()
    environ = {name: one for name, one in place.environment(MATTERMOST_ADMIN_TOKEN=None).items() if one is not None}
    command = [sys.executable, "-m", "router.cli", "setup"]
    streams = dict.fromkeys(("stdin", "stdout", "stderr"), theirs)
    # A session of its own has no terminal but these streams.
    with subprocess.Popen(command, cwd=place.folder, env=environ, start_new_session=True, **streams) as process:
        os.close(theirs)
        with os.fdopen(ours, "r+b", buffering=0) as screen:
            seen = shown_until(screen, b"Access Tokens): ")
            screen.write(f"{place.sandbox.admin_token}\n".encode())
            seen += shown_until(screen, b"Do this? [y/N]: ")
            screen.write(b"y\n")
            seen += shown_until(screen, b"check --live\r\n")
            assert process.wait(timeout=30) == 0
    assert place.sandbox.admin_token.encode() not in seen
    assert len(integrations(place)) == 3


def shown_until(screen, words):
    """Read what a terminal shows, up to these words."""
    seen = b""
    while words not in seen:
        seen += screen.read(65536)
    return seen


# ------------------------------------------------------------------------------------------------- killed


@pytest.mark.parametrize("when", ["hang_before", "hang_after"])
@pytest.mark.parametrize(("method", "path"), MADE)
def test_a_run_that_was_killed_is_completed_by_the_next_and_all_of_it_is_removed(place, method, path, when):
    killed_at(place, Fault(when, method, path, times=1), "setup", "--yes")
    assert place.run("setup", "--yes")[0] == 0
    assert "\nnothing to do\n" in place.run("setup")[1]
    with place.administration() as admin:
        assert len(admin.tokens(place.sandbox.id_of("escalations"))) == 1
    assert place.run("setup", "--remove", "--yes")[0] == 0
    assert_removed(place)


@pytest.mark.parametrize("when", ["hang_before", "hang_after"])
@pytest.mark.parametrize(("method", "path"), UNMADE)
def test_a_removal_that_was_killed_is_completed_by_the_next(place, method, path, when):
    place.run("setup", "--yes")
    killed_at(place, Fault(when, method, path, times=1), "setup", "--remove", "--yes")
    code, out, err = place.run("setup", "--remove", "--yes")
    assert (code, err) == (0, ""), out
    assert_removed(place)


def killed_at(place, fault, *arguments):
    place.sandbox.faults.add(fault)
    process = place.start(*arguments)
    assert fault.wait_until_held(30), process.communicate()
    process.kill()
    process.communicate()
    place.sandbox.faults.clear()


def assert_removed(place):
    assert integrations(place) == []
    assert not place.receipt.exists()
    with place.administration() as admin:
        team = admin.team("staff")
        assert all(admin.channel(team.id, name).delete_at for name in ("escalations", "triage", "committee"))
        bot = admin.accounts(["escalations"])["escalations"]
        assert not bot.active
        assert admin.tokens(bot.id) == []
    assert "MATTERMOST_TOKEN" not in place.settings


# ------------------------------------------------------------------------------------------------- removal


def test_the_removal_leaves_the_other_settings_and_says_what_stays(place):
    place.run("setup", "--yes")
    code, out, _ = place.run("setup", "--remove", "--yes")
    assert code == 0
    assert "mmctl team archive staff" in out
    assert "GITHUB_WEBHOOK_SECRET=" in place.settings
    assert not {"MATTERMOST_TOKEN", "MATTERMOST_COMMAND_TOKEN", "MATTERMOST_OUTGOING_TOKEN"} & {
        line.partition("=")[0] for line in place.settings.splitlines()
    }
    assert place.run("setup", "--remove")[1].endswith("nothing to do\n")


def test_what_was_there_before_stays_and_only_those_whom_setup_added_leave(place):
    place.sandbox.add_team("staff")
    place.sandbox.add_channel("staff", "escalations")
    place.sandbox.join("staff/escalations", ["dan"])
    place.run("setup", "--yes")
    place.run("setup", "--remove", "--yes")
    with place.administration() as admin:
        assert not admin.channel(admin.team("staff").id, "escalations").delete_at
    assert members(place, "escalations") == {"dan"}


def test_without_a_receipt_only_what_calls_this_router_goes(place):
    place.run("setup", "--yes")
    place.receipt.unlink()
    code, out, _ = place.run("setup", "--remove", "--yes")
    assert code == 0
    assert "there is no receipt" in out
    assert integrations(place) == []
    with place.administration() as admin:
        assert not admin.channel(admin.team("staff").id, "escalations").delete_at
        assert admin.accounts(["escalations"])["escalations"].active


def test_the_removal_is_shown_and_agreed_to(place):
    place.run("setup", "--yes")
    assert place.run("setup", "--remove", "--dry-run")[0] == 0
    assert place.run("setup", "--remove")[0] == 1
    assert len(integrations(place)) == 3


def test_a_damaged_receipt_is_named(place):
    place.receipt.write_text("{", encoding="utf-8")
    code, _, err = place.run("setup", "--remove", "--yes")
    assert code == 1
    assert str(place.receipt.name) in err

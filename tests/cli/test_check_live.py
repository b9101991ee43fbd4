"""`check --live`: what is wrong with a Mattermost is named, with its remedy; the router is really called."""

import json
import re
import socket
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from bare_mattermost import ground


@pytest.fixture
def place(tmp_path):
    """A Mattermost that `setup` has made ready, and the port at which it looks for the router."""
    made = ground(tmp_path)
    with made.sandbox, socket.create_server(("127.0.0.1", 0)) as free:
        made.port = free.getsockname()[1]
        made.more["ROUTER_PUBLIC_URL"] = f"http://127.0.0.1:{made.port}"
        free.close()
        code, _, err = made.run("setup", "--yes")
        assert code == 0, err
        made.more["MATTERMOST_ADMIN_TOKEN"] = None
        yield made


@contextmanager
def serving(place):
    """Run the router at that port."""
    process = place.start("serve", "--port", place.port)
    line = process.stdout.readline()
    assert "listening on" in line, process.communicate()
    try:
        yield
    finally:
        process.terminate()
        process.communicate(timeout=30)


@pytest.fixture
def served(place):
    """The same with the router at that port."""
    with serving(place):
        yield place


def live(place, *arguments, **more):
    """Check, and give the exit code and what is said of Mattermost."""
    code, out, err = place.run("check", "--live", *arguments, **more)
    assert err == ""
    return code, "\n".join(line for line in out.splitlines() if "responders.toml:" not in line)


@pytest.mark.parametrize(
    ("setting", "problem"),
    [
        ("MATTERMOST_COMMAND_TOKEN", "is not the token of /escalation"),
        ("MATTERMOST_OUTGOING_TOKEN", "lacks the token of the outgoing webhook of ~escalations"),
    ],
)
def test_a_token_that_is_not_mattermosts_is_seen_by_an_administrator_and_mended_by_setup(served, setting, problem):
    admin = {"MATTERMOST_ADMIN_TOKEN": served.sandbox.admin_token}
    served.write(**{setting: "anothertokenanothertoken12"})
    code, out = live(served, **admin)
    assert (code, f"{setting}: {problem}" in out) == (1, True)
    assert served.run("setup", "--yes", **admin)[0] == 0
    assert live(served, **admin)[0] == 0


def test_a_mattermost_that_was_set_up_and_a_router_that_runs_have_no_fault(served):
    code, out = live(served)
    assert code == 0
    assert f"as @escalations; it reaches the router at http://127.0.0.1:{served.port}" in out


def test_an_administrators_token_finds_no_more_then(served):
    assert live(served, MATTERMOST_ADMIN_TOKEN=served.sandbox.admin_token)[0] == 0


def test_a_key_that_the_store_made_for_itself_will_do(place):
    place.write(ROUTER_SECRET_KEY=None)
    assert "ROUTER_SECRET_KEY: there is none yet" in live(place)[1]
    with serving(place):
        code, out = live(place)
    assert (code, "it reaches the router" in out) == (0, True)


def test_json_is_one_document(served):
    code, out, _ = served.run("check", "--live", "--json")
    assert code == 0
    assert json.loads(out)["faults"] == []


def test_a_router_that_does_not_run_is_told_from_one_that_mattermost_may_not_call(place):
    code, out = live(place)
    assert code == 1
    assert "nothing answers at" in out
    assert "Start `serve`" in out


def test_a_router_that_answers_here_and_not_to_mattermost_is_named_with_the_setting(served):
    served.sandbox.configure(AllowedUntrustedInternalConnections="")
    code, out = live(served)
    assert code == 1
    assert "answers at" in out
    assert "mmctl config set ServiceSettings.AllowedUntrustedInternalConnections 127.0.0.1" in out


def test_something_else_at_the_address_is_no_router(place):
    class Page(BaseHTTPRequestHandler):
        def do_POST(self):
            self.send_error(404)

        def log_message(self, *_):
            """Stay silent."""

    with HTTPServer(("127.0.0.1", place.port), Page) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        code, out = live(place)
        server.shutdown()
        serving.join()
    assert code == 1
    assert "is no router (status 404)" in out


def test_a_router_with_another_key_is_found_out(served):
    code, out = live(served, ROUTER_SECRET_KEY="f" * 64)
    assert code == 1
    assert "does not lead to a router with this secret key" in out


def archive(place):
    with place.administration() as admin:
        admin.archive_channel(admin.channel(admin.team("staff").id, "triage").id)


def out_of_team(place):
    with place.administration() as admin:
        admin.remove_from_team(admin.team("staff").id, place.sandbox.id_of("escalations"))


def out_of_channel(place):
    with place.administration() as admin:
        channel = admin.channel(admin.team("staff").id, "escalations")
        admin.remove_from_channel(channel.id, place.sandbox.id_of("escalations"))


def no_command(place):
    with place.administration() as admin:
        admin.remove_command(admin.commands(admin.team("staff").id)[0].id)


def watched(place):
    """Have a channel watched, in the way of the documentation."""
    place.watch("questions")
    code, _, err = place.run("setup", "--yes", MATTERMOST_ADMIN_TOKEN=place.sandbox.admin_token)
    assert code == 0, err


def out_of_a_watched_channel(place):
    watched(place)
    with place.administration() as admin:
        channel = admin.channel(admin.team("staff").id, "questions")
        admin.remove_from_channel(channel.id, place.sandbox.id_of("escalations"))


def test_a_watched_channel_that_was_set_up_has_no_fault(place):
    watched(place)
    place.sandbox.forbid("channel_user", "manage_public_channel_members")  # which it can do without there
    out = live(place, MATTERMOST_ADMIN_TOKEN=place.sandbox.admin_token)[1]
    assert "questions" not in out


def test_a_channel_that_is_to_be_watched_and_has_no_webhook_is_a_fault(place):
    place.watch("triage-of-old", "questions")
    with place.administration() as admin:
        admin.make_channel(admin.team("staff").id, "questions", "asked", private=False)
    out = live(place, MATTERMOST_ADMIN_TOKEN=place.sandbox.admin_token)[1]
    assert "channel triage-of-old: there is none" in out
    assert "channel questions: no outgoing webhook of it calls the router" in out


FAULTS = [
    (out_of_a_watched_channel, "channel questions: the bot is no member of it"),
    (lambda place: place.sandbox.deactivate("escalations"), "MATTERMOST_URL: Mattermost refuses the bot's token"),
    (lambda place: place.write(MATTERMOST_TOKEN="x" * 26), "MATTERMOST_URL: Mattermost refuses the bot's token"),
    (lambda place: place.write(MATTERMOST_TOKEN=None), "MATTERMOST_TOKEN: is not set"),
    (lambda place: place.write(MATTERMOST_COMMAND_TOKEN=None), "MATTERMOST_COMMAND_TOKEN: is not set"),
    (lambda place: place.sandbox.stop_listening(), "nothing listens at MATTERMOST_URL"),
    (lambda place: place.sandbox.configure(SiteURL=""), "ServiceSettings.SiteURL: every slash command fails"),
    (lambda place: place.sandbox.configure(EnableCommands=False), "ServiceSettings.EnableCommands: "),
    (lambda place: place.sandbox.rename("bob.baker", "bobbaker"), "the username bob.baker. Did you mean bobbaker?"),
    (archive, "channel triage: it is archived"),
    (out_of_team, "team staff: the bot is no member of it"),
    (out_of_channel, "channel escalations: the bot is no member of it"),
    (lambda place: place.sandbox.forbid("channel_user", "edit_post"), "may not keep its posts up to date: edit_post"),
    (no_command, "team staff: has no slash command /escalation"),
]


@pytest.mark.parametrize(("break_it", "told"), FAULTS)
def test_what_is_wrong_is_a_fault_that_is_named(place, break_it, told):
    break_it(place)
    code, out = live(place)
    assert code == 1
    assert told in re.sub(r"^warning: .*$", "", out, flags=re.MULTILINE)


def someone_out(place):
    with place.administration() as admin:
        channel = admin.channel(admin.team("staff").id, "escalations")
        admin.remove_from_channel(channel.id, place.sandbox.id_of("dan"))


def someone_out_of_the_team(place):
    with place.administration() as admin:
        admin.remove_from_team(admin.team("staff").id, place.sandbox.id_of("dan"))


WARNINGS = [
    (someone_out, "channel escalations: not in it: @dan"),
    (
        someone_out_of_the_team,
        "team staff: not in it: @dan. The router adds nobody to a team",
    ),
    (lambda place: place.sandbox.deactivate("dan"), "@dan is deactivated"),
    (lambda place: place.sandbox.configure(PostEditTimeLimit=300), "ServiceSettings.PostEditTimeLimit"),
    (lambda place: place.sandbox.configure(EnablePermalinkPreviews=True), "ServiceSettings.EnablePermalinkPreviews"),
    (lambda place: place.write(MATTERMOST_OUTGOING_TOKEN=None), "MATTERMOST_OUTGOING_TOKEN: is not set"),
]


@pytest.mark.parametrize(("change_it", "told"), WARNINGS)
def test_what_the_router_can_do_without_is_a_warning(served, change_it, told):
    change_it(served)
    code, out = live(served)
    assert code == 0
    assert re.search(rf"^warning: .*{re.escape(told)}", out, re.MULTILINE)


def test_an_administrators_token_shows_what_bots_may_not_see(served):
    with served.administration() as admin:
        team = admin.team("staff")
        for hook in admin.hooks(team.id):
            admin.remove_hook(hook.id)
    assert live(served)[0] == 0
    code, out = live(served, MATTERMOST_ADMIN_TOKEN=served.sandbox.admin_token)
    assert code == 1
    assert "channel triage: no outgoing webhook of it calls the router" in out


def test_a_faulty_policy_file_is_mended_first(place):
    (place.folder / "responders.toml").write_text("[community]\nname = 7\n", encoding="utf-8")
    code, out, _ = place.run("check", "--live")
    assert code == 1
    assert out.endswith("Mattermost: was not asked: mend these faults first\n")


def test_without_live_nobody_is_asked(place):
    place.sandbox.stop_listening()
    assert place.run("check")[0] == 0


def test_no_secret_is_printed(served):
    out = live(served)[1]
    tokens = [
        line.partition("=")[2].strip('"') for line in served.settings.splitlines() if "TOKEN" in line or "KEY" in line
    ]
    assert len(tokens) == 4
    assert not [token for token in tokens if token in out]

"""The settings: their forms, where they come from, and that no secret shows."""

from dataclasses import asdict, fields
from pathlib import Path

import pytest

from router.config import Secrets, Settings, examine_settings, read_settings
from router.core.errors import PolicyFaulty

KEY = "k" * 32
HOOK = "whsec_" + "QUJD" * 8
SECRET_SETTINGS = [
    *("ROUTER_API_TOKEN", "MATTERMOST_TOKEN", "MATTERMOST_COMMAND_TOKEN", "MATTERMOST_OUTGOING_TOKEN"),
    *("MATTERMOST_CONDUCT_TOKEN", "GITHUB_WEBHOOK_SECRET", "GITHUB_TOKEN", "GITHUB_REPLAY_TOKEN"),
    *("GITHUB_PUBLISH_TOKEN", "GITHUB_DOCS_TOKEN", "X_CONSUMER_SECRET", "X_BEARER_TOKEN", "DISCOURSE_WEBHOOK_SECRET"),
    *("DISCOURSE_API_KEY", "SLACK_SIGNING_SECRET", "ROUTER_SECRET_KEY", "ANOTHER_SECRET"),
    "ANOTHER_TOKEN",
    "SECOND_OPINION_API_KEY",
]
BAD = [
    ("ROUTER_DATABASE_URL", "data/router.json", "is no address of a database"),
    ("ROUTER_DATABASE_URL", "tinydbb:///data/router.json", "is no address of a database"),
    ("ROUTER_DATABASE_URL", "postgresql://u:pw@host/router", "is no address of a database"),
    ("ROUTER_DATABASE_URL", "postgres://u:pw@host/router", "is no address of a database"),
    ("ROUTER_DATABASE_URL", "tinydb://data/router.json", "names no file"),
    ("ROUTER_DATABASE_URL", "sqlite://", "names no file"),
    ("ROUTER_DATABASE_URL", "sqlite:///", "names no file"),
    ("ROUTER_DATABASE_URL", "postgresql+psycopg://host", "names no database"),
    ("ROUTER_DATABASE_URL", "postgresql+psycopg://host:port/router", "names no database"),
    ("ROUTER_SECRET_KEY", "short", "is shorter than 16 characters"),
    ("ROUTER_SECRET_KEY", f"{KEY} short", "is shorter than 16 characters"),
    ("MATTERMOST_TOKEN", "a b c", "holds 3 values"),
    ("MATTERMOST_TOKEN", "a  b", "holds 3 values"),
    ("MATTERMOST_OUTGOING_TOKEN", "a  b", "has a blank or a control character within"),
    ("MATTERMOST_TOKEN", "a\tb", "has a blank or a control character within"),
    ("MATTERMOST_URL", "chat.example.com", "this is no web address"),
    ("MATTERMOST_URL", "ftp://chat.example.com", "this is no web address"),
    ("MATTERMOST_URL", "https://", "this is no web address"),
    ("MATTERMOST_URL", "https://[", "this is no web address"),
    ("MATTERMOST_URL", "https://chat.example.com:99999", "this is no web address"),
    ("MATTERMOST_URL", "https://chat.example com", "a web address has no blanks"),
    ("MATTERMOST_URL", "https://chat.example.com/team/channels/x", "has a path"),
    ("MATTERMOST_URL", "https://me:pw@chat.example.com", "holds a username or password"),
    ("ROUTER_PUBLIC_URL", "https://router.example.com/?x=1", "goes on after its path"),
    ("ROUTER_PUBLIC_URL", "https://router.example.com/#top", "goes on after its path"),
    ("ROUTER_URL", "http://localhost:8080/../x", "has a path with // or .."),
    ("DISCOURSE_URL", "forum", "this is no web address"),
    ("DISCOURSE_API_USERNAME", "the bot", "has a blank or a control character within"),
    ("GENERIC_SECRETS", f"status={HOOK},{HOOK}", "entry 2 has no usable name"),
    ("GENERIC_SECRETS", f"Status={HOOK}", "entry 1 has no usable name"),
    ("GENERIC_SECRETS", f"status={HOOK},status={HOOK}", "entry 2 has the name of an earlier one"),
    ("GENERIC_SECRETS", "status=whsec_?!", "the secret of entry 1 is not whsec_ and base64"),
    ("GENERIC_SECRETS", "status=QUJD", "the secret of entry 1 is not whsec_ and base64"),
    ("GENERIC_SECRETS", "status=whsec_", "the secret of entry 1 is not whsec_ and base64"),
    ("SMTP_URL", "mail.example.com", "is no address of a mail server"),
    ("SMTP_URL", "smtp://mail.example.com:none", "is no address of a mail server"),
    ("ROUTER_HEARTBEAT_URL", "beat", "this is no web address"),
]


@pytest.mark.parametrize(("name", "value", "problem"), BAD)
def test_a_bad_value_is_a_fault_of_its_setting(name, value, problem):
    with pytest.raises(PolicyFaulty) as caught:
        read_settings({name: value})
    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.path, fault.problem) == ("environment", 0, name, problem)
    assert fault.remedy.endswith(".")


@pytest.mark.parametrize("name", sorted({name for name, _, _ in BAD}))
@pytest.mark.parametrize("value", ["hush hush hush", "hush://u:hush@[hush", "https://u:hush@host/hush?hush", "h=hush"])
def test_no_message_shows_the_value(name, value):
    _, faults = examine_settings({name: value})
    assert "hush" not in "".join(map(str, faults))


def test_all_faults_are_reported_at_once():
    with pytest.raises(PolicyFaulty) as caught:
        read_settings({name: value for name, value, _ in BAD})
    assert len(caught.value.faults) == len({name for name, _, _ in BAD})


def test_nothing_set_is_the_default():
    assert read_settings({}) == Settings()
    assert Settings().policy == Path("responders.toml")
    assert Settings().database_url == "tinydb:///data/router.json"


def test_an_empty_value_is_as_good_as_none():
    assert read_settings({"ROUTER_POLICY": "", "MATTERMOST_TOKEN": " ", "GENERIC_SECRETS": ""}) == Settings()


def test_every_setting_is_read_from_the_environment():
    given = {
        **dict.fromkeys(SECRET_SETTINGS, KEY),
        "ROUTER_POLICY": "policy.toml",
        "ROUTER_DATABASE_URL": "sqlite:////var/lib/router.db",
        "ROUTER_PUBLIC_URL": "https://ops.example.com/router/",
        "ROUTER_URL": "http://127.0.0.1:8080",
        "MATTERMOST_URL": "http://chat.example.com:8065/",
        "DISCOURSE_URL": "https://example.com/forum",
        "DISCOURSE_API_USERNAME": "desk",
        "GENERIC_SECRETS": f"status={HOOK} {HOOK}, pager={HOOK}",
        "SMTP_URL": "smtps://me:pw@mail.example.com:465",
        "ROUTER_HEARTBEAT_URL": "https://beat.example.com/ping?id=1",
    }
    settings, untouched = read_settings(given), Settings()
    assert [one.name for one in fields(Settings) if getattr(settings, one.name) == getattr(untouched, one.name)] == []
    assert settings.mattermost_url == "http://chat.example.com:8065"
    assert settings.public_url == "https://ops.example.com/router"
    assert settings.generic_secrets == {"status": Secrets((HOOK, HOOK)), "pager": Secrets((HOOK,))}


@pytest.mark.parametrize("name", SECRET_SETTINGS)
def test_a_secret_is_found_by_the_name_of_its_setting(name):
    assert read_settings({name: f"{KEY} {KEY}2"}).secret(name).values == (KEY, f"{KEY}2")


def test_each_outgoing_webhook_has_a_token_of_its_own():
    tokens = read_settings({"MATTERMOST_OUTGOING_TOKEN": "a b c d"}).mattermost_outgoing_token
    assert tokens.values == ("a", "b", "c", "d")


@pytest.mark.parametrize("name", ["GITHUB_WEBHOOK_SECRET", "ROUTER_URL", "GENERIC_SECRETS", "UNHEARD_OF"])
def test_a_secret_that_is_not_set_is_false(name):
    secret = read_settings({"ROUTER_URL": "http://localhost"}).secret(name)
    assert not secret
    assert secret.first == ""


def test_equal_secrets_are_one_in_a_set():
    assert {Secrets(("a", "b")), Secrets(["a", "b"])} == {Secrets(("a", "b"))}
    assert Secrets(("a",)) != ("a",)


def test_a_secret_may_be_two_while_it_is_rotated():
    secret = read_settings({"SLACK_SIGNING_SECRET": "new old"}).slack_signing_secret
    assert secret
    assert (secret.first, secret.values) == ("new", ("new", "old"))


def test_no_secret_shows_in_any_text():
    hidden = "hush" * 8
    given = dict.fromkeys(SECRET_SETTINGS, hidden) | {
        "ROUTER_DATABASE_URL": f"postgresql+psycopg://u:{hidden}@host/router",
        "SMTP_URL": f"smtp://u:{hidden}@host",
        "ROUTER_HEARTBEAT_URL": f"https://host/{hidden}",
        "GENERIC_SECRETS": f"status=whsec_{hidden}",
    }
    settings = read_settings(given)
    secret = settings.secret_key
    assert hidden not in f"{settings!r} {settings} {secret!r} {secret} {[secret]} {asdict(settings)['secret_key']}"
    assert f"{secret} {secret!r}" == "<secret> <secret>"


def test_a_database_of_an_unknown_scheme_is_left_to_its_storage():
    assert read_settings({"ROUTER_DATABASE_URL": "memory://"}).database_url == "memory://"


def test_unknown_variables_are_left_alone():
    assert read_settings({"PATH": "/bin", "ROUTER_COLOUR": "a b c"}) == Settings()


def test_faulty_settings_are_as_if_absent_for_whoever_goes_on():
    settings, faults = examine_settings({"ROUTER_POLICY": "mine.toml", "MATTERMOST_URL": "x"})
    assert (settings.policy, settings.mattermost_url, len(faults)) == (Path("mine.toml"), "", 1)


@pytest.fixture
def env_file(tmp_path):
    path = tmp_path / "router.env"

    def write(text):
        path.write_text(text, encoding="utf-8")
        return {"ROUTER_ENV_FILE": str(path)}

    return write


def test_a_file_fills_in_what_the_environment_leaves_open(env_file):
    environ = env_file("MATTERMOST_TOKEN='from file'\nexport ROUTER_URL=http://localhost:1 # comment\n")
    settings = read_settings({**environ, "ROUTER_URL": "http://localhost:2"})
    assert settings.url == "http://localhost:2"
    assert settings.mattermost_token.values == ("from", "file")


def test_an_empty_variable_does_not_hide_the_file(env_file):
    assert read_settings({**env_file("MATTERMOST_TOKEN=t\n"), "MATTERMOST_TOKEN": ""}).mattermost_token.first == "t"


def test_a_dollar_sign_in_the_file_is_a_dollar_sign(env_file):
    assert read_settings(env_file("MATTERMOST_TOKEN=a${HOME}b\n")).mattermost_token.first == "a${HOME}b"


def test_a_fault_in_the_file_names_its_line(env_file):
    environ = env_file("# settings\n\nMATTERMOST_TOKEN=t\n\n\nMATTERMOST_URL=chat\n")
    with pytest.raises(PolicyFaulty) as caught:
        read_settings(environ)
    (fault,) = caught.value.faults
    assert (fault.file, fault.line, fault.path) == (environ["ROUTER_ENV_FILE"], 6, "MATTERMOST_URL")


def test_a_line_of_the_file_that_is_no_setting_is_a_fault(env_file):
    with pytest.raises(PolicyFaulty, match="NAME=value") as caught:
        read_settings(env_file("MATTERMOST_TOKEN=t\n'hush hush\n"))
    assert caught.value.faults[0].line == 2
    assert "hush" not in str(caught.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_file_that_cannot_be_read_is_a_fault(tmp_path, content):
    path = tmp_path / "router.env"
    if content:
        path.write_bytes(content)
    with pytest.raises(PolicyFaulty, match="ROUTER_ENV_FILE: names a file that can't be read as text"):
        read_settings({"ROUTER_ENV_FILE": str(path)})

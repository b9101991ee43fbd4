"""What the router asks of a server's configuration: what is wanting is named, with the three ways to set it."""

from ipaddress import ip_address

import pytest

from router.mattermost.demands import (
    BOTS,
    COMMANDS,
    INTERNAL,
    PREVIEWS,
    SITE_URL,
    by_full_name,
    demands,
    internal_demand,
)

URL = "https://chat.example.com"
GOOD = {
    SITE_URL: URL,
    BOTS: "true",
    COMMANDS: "true",
    "ServiceSettings.EnableOutgoingWebhooks": "true",
    "ServiceSettings.PostEditTimeLimit": "-1",
    PREVIEWS: "false",
}
PRIVATE, PUBLIC = [ip_address("10.0.16.5")], [ip_address("8.8.8.8")]


def test_a_server_that_is_as_it_should_be_is_asked_nothing():
    assert demands(GOOD, URL) == []


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        (SITE_URL, ""),
        (BOTS, "false"),
        (COMMANDS, "false"),
        ("ServiceSettings.EnableOutgoingWebhooks", "false"),
        ("ServiceSettings.PostEditTimeLimit", "300"),
        (PREVIEWS, "true"),
    ],
)
def test_each_setting_that_is_wanting_is_named(setting, value):
    assert [one.setting for one in demands(GOOD | {setting: value}, URL)] == [setting]


def test_any_site_url_will_do():
    assert demands(GOOD | {SITE_URL: "https://other.example.com"}, URL) == []


def test_what_could_not_be_read_is_not_judged():
    assert demands({}, URL) == []


def test_a_demand_names_the_page_of_the_console_the_command_and_the_variable():
    (demand,) = demands(GOOD | {SITE_URL: ""}, URL)
    for way in (
        "System Console > Environment > Web Server > Site URL",
        f"mmctl config set ServiceSettings.SiteURL {URL}",
        f"MM_SERVICESETTINGS_SITEURL={URL}",
    ):
        assert way in demand.remedy


def test_settings_of_clients_get_their_full_names():
    assert by_full_name({"SiteURL": "", "BuildNumber": "1"}) == {SITE_URL: ""}


def test_a_private_address_must_be_listed_and_keeps_what_is_listed():
    (demand,) = internal_demand("10.9.9.9", "http://router.internal:8080", PRIVATE, PUBLIC)
    assert (demand.setting, demand.value) == (INTERNAL, "10.9.9.9 router.internal")
    assert f'mmctl config set {INTERNAL} "10.9.9.9 router.internal"' in demand.remedy


def test_the_servers_own_address_must_be_listed_although_it_is_public():
    assert internal_demand("", "https://chat.example.com:8443", PUBLIC, PUBLIC)


@pytest.mark.parametrize("allowed", ["router.internal", "a, router.internal", "10.0.0.0/8", "127.0.0.1 10.0.16.0/28"])
def test_a_host_or_a_network_that_is_listed_is_enough(allowed):
    assert internal_demand(allowed, "http://router.internal:8080", PRIVATE, PUBLIC) == []


def test_a_bare_address_counts_only_as_the_host_of_the_url():
    assert internal_demand("10.0.16.5", "http://router.internal:8080", PRIVATE, PUBLIC)
    assert internal_demand("10.0.16.5", "http://10.0.16.5:8080", PRIVATE, PUBLIC) == []


def test_a_public_address_needs_nothing():
    assert internal_demand("", "https://router.example.com", PUBLIC, PRIVATE) == []


def test_nothing_is_demanded_of_a_name_that_is_not_known_here():
    assert internal_demand("", "http://router:8080", [], PRIVATE) == []

"""What a server tells of itself, to everybody and to its administrators."""

from router.sandbox.routing import Call, Reply, Routes

MAX_POST_SIZE = 16_383  # runes
_TOLD_AFTER_LOGIN = (
    "EnableCommands", "EnableOutgoingWebhooks", "EnablePermalinkPreviews", "EnableUserAccessTokens",
    "PostEditTimeLimit", "PostPriority",
)  # fmt: skip

routes = Routes()


@routes.add("GET", "/system/ping", public=True)
def ping(_call: Call) -> Reply:
    """Answer that the server is up."""
    return Reply({"AndroidLatestVersion": "", "IosLatestVersion": "", "status": "OK"})


@routes.add("GET", "/config/client", public=True)
def client_config(call: Call) -> Reply:
    """Return the settings that clients may know, the key that checks trigger ids among them; more after a login."""
    settings = call.state.settings
    shown = {
        "AsymmetricSigningPublicKey": call.state.signer.public_key,
        "BuildNumber": "11.6.0",
        "EnableBotAccountCreation": _text(settings.service("EnableBotAccountCreation")),
        "SiteURL": settings.site_url,
        "Version": "11.6.0",
    }
    if call.caller is None:
        return Reply(shown)
    told = {name: _text(settings.service(name)) for name in _TOLD_AFTER_LOGIN}
    return Reply(shown | told | {"CollapsedThreads": "always_on", "MaxPostSize": str(MAX_POST_SIZE)})


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@routes.add("GET", "/config", admin=True)
def get_config(call: Call) -> Reply:
    """Return the configuration, to system admins."""
    return Reply(call.state.settings.json())


@routes.add("PUT", "/config/patch", admin=True)
def patch_config(call: Call) -> Reply:
    """Change some of the configuration, as a system admin; the rest stays as it is."""
    call.state.settings.patch(call.body)
    return Reply(call.state.settings.json())

"""What a server tells of itself without a login."""

from router.sandbox.routing import Call, Reply, Routes

MAX_POST_SIZE = 16_383  # runes

routes = Routes()


@routes.add("GET", "/system/ping", public=True)
def ping(_call: Call) -> Reply:
    """Answer that the server is up."""
    return Reply({"AndroidLatestVersion": "", "IosLatestVersion": "", "status": "OK"})


@routes.add("GET", "/config/client", public=True)
def client_config(call: Call) -> Reply:
    """Return the settings that clients may know, the key that checks trigger ids among them."""
    return Reply(
        {
            "AsymmetricSigningPublicKey": call.state.signer.public_key,
            "BuildNumber": "11.6.0",
            "CollapsedThreads": "always_on",
            "EnableBotAccountCreation": "true",
            "EnableOutgoingWebhooks": "true",
            "MaxPostSize": str(MAX_POST_SIZE),
            "SiteURL": call.state.site_url,
            "Version": "11.6.0",
        }
    )

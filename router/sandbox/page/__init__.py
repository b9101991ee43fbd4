"""The sandbox's page: what a person would see in Mattermost, in a browser on this machine.

A server of its own beside the sandbox. Its page is an honest client of the sandbox's REST API, in the name of whomever
you act as; whose token that takes, the browser never learns. `static/` is served as it stands.
"""

from router.sandbox.page.server import Page

__all__ = ["Page"]

"""A small look-alike Mattermost server for the demo and the tests: a program of its own.

It speaks the part of the REST API in use on 127.0.0.1, calls slash commands, buttons, dialogs and outgoing webhooks as
the real server does, counts who is mentioned by its rules, and can be disturbed on purpose.
"""

from router.sandbox.faults import Fault, Kind
from router.sandbox.sandbox import Sandbox
from router.sandbox.state import RequestRecord

__all__ = ["Fault", "Kind", "RequestRecord", "Sandbox"]

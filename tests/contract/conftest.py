"""What the router relies on: each test runs on the sandbox, and on a real Mattermost when one is given."""

import pytest
from mattermost_clients import Integration
from mattermost_desks import Desk, Place
from mattermost_servers import SandboxServer, real_server


@pytest.fixture(scope="session", params=["sandbox", pytest.param("real", marks=pytest.mark.live)])
def server(request):
    """Start the sandbox, or take the real server of the environment."""
    started = real_server() if request.param == "real" else SandboxServer()
    started.prepare()
    yield started
    started.close()


@pytest.fixture(scope="session")
def place(server):
    """Make a team and people for the whole run."""
    made = Place(server)
    yield made
    made.close()


@pytest.fixture
def desk(place):
    """Make a channel for one test."""
    return Desk(place)


@pytest.fixture
def sandbox(server):
    """Return the sandbox, for what a test can bring about there alone."""
    if server.name != "sandbox":
        pytest.skip("shown on the sandbox alone: a real server could not be left as it was")
    return server.sandbox


@pytest.fixture
def integration():
    service = Integration()
    yield service
    service.close()

"""Where the stories of this folder are played: on the sandbox, and on a real server when one is given."""

from collections.abc import Iterator

import pytest
from live.desk import Desk, desk_on
from live.place import Place
from mattermost_servers import SandboxServer, real_server


@pytest.fixture(scope="module", params=["sandbox", pytest.param("real", marks=pytest.mark.live)])
def place(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A Mattermost."""
    server = real_server() if request.param == "real" else SandboxServer()
    server.prepare()
    yield Place(server)
    server.close()


@pytest.fixture(scope="module")
def desk(place: Place) -> Iterator[Desk]:
    """An installation that runs."""
    with desk_on(place) as made:
        code, said = made.set_up("--yes")
        assert code == 0, said
        made.start()
        yield made


@pytest.fixture
def case(desk: Desk) -> str:
    """A fresh case about licensing, posted."""
    opened = desk.post("May we use the AGPL edition commercially, or do we need a commercial licence?")
    desk.root(opened)
    return opened

"""Mattermost fetches the addresses in posts, to show previews. Of those in the router's posts it fetches none."""

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from live.place import Place
from live.small_desk import Desk
from mattermost_servers import real_server
from world import eventually

pytestmark = pytest.mark.live


class _Asked(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.server.asked.append(self.path)  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[http.server.ThreadingHTTPServer]:
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Asked) as listening:
        listening.asked = []  # type: ignore[attr-defined]
        thread = threading.Thread(target=listening.serve_forever, args=(0.01,))
        thread.start()
        yield listening
        listening.shutdown()
        thread.join()


def test_nothing_is_fetched_that_the_routers_posts_and_answers_link_to(
    site: http.server.ThreadingHTTPServer, tmp_path: Path
) -> None:
    place = Place(real_server())
    url, desk = f"http://127.0.0.1:{site.server_port}", Desk(place, tmp_path)
    try:
        case = desk.opened(f"[licensing] {url}/bare ![a]({url}/a.png) <{url}/auto>\n\n[r]: {url}/r.png\n![x][r]")
        for command in (
            f"note {case} see {url}/note",
            f"claim {case}",
            f"answered {case} {url}/answer",
            f"raise {url}/raised.png --topic licensing",
            f"show {case}",
            "list",
        ):
            desk.type(desk.ann, command)
        control = {"channel_id": desk.channel_id, "message": f"{url}/by-a-person"}
        desk.as_user(desk.zoe, "POST", "/posts", control)
        asked = eventually(lambda: site.asked, "the fetch of what a person links to")  # type: ignore[attr-defined]
        assert set(asked) == {"/by-a-person"}
    finally:
        desk.close()
        place.server.close()

"""A browser, and pages to look at: of a small desk without a router, and of a whole world."""

import json
import shutil
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from playwright.sync_api import expect, sync_playwright
from world import world

from router.cli.demo.furnishing import everybody
from router.sandbox import Sandbox
from router.sandbox.page import Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 20_000  # a machine that runs everything else at once is slow

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser():
    """One browser for a whole module."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        yield started
        started.close()


@dataclass
class Look:
    """People in front of the page: each has a window of their own."""

    browser: object
    page: Page
    home: str = "#/channels/escalations"
    faults: list[str] = field(default_factory=list)
    windows: list[object] = field(default_factory=list)

    def open(self, username, place=None, **options):
        """Open the page as somebody; what the browser complains about, or asks of another address, is a fault."""
        options = {"viewport": {"width": 1280, "height": 800}, "locale": "en-GB", "reduced_motion": "reduce"} | options
        context = self.browser.new_context(**options)
        context.set_default_timeout(PATIENCE_MS)
        self.windows.append(context)
        window = context.new_page()
        window.on("pageerror", lambda error: self.faults.append(str(error)))
        window.on("console", self._complaint)
        window.on("dialog", lambda dialog: self.faults.append(f"a script ran: {dialog.message}"))
        window.on("request", self._asked)
        window.goto(f"{self.page.url}/as/{username}{place or self.home}")
        expect(window.locator("body")).to_have_attribute("aria-busy", "false")
        return window

    def _complaint(self, message):
        if message.type in {"error", "warning"} and "status of 4" not in message.text:
            self.faults.append(message.text)

    def _asked(self, request):
        if not request.url.startswith(self.page.url):
            self.faults.append(f"asked for {request.url}")

    def close(self):
        for context in self.windows:
            context.close()


class Integration:
    """A slash command's and a dialog's other side: `answer(path, body)` says what it answers with."""

    def __init__(self):
        self.received = []
        self.answer = lambda path, body: {}
        integration = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                integration.received.append((self.path, body))
                said = json.dumps(integration.answer(self.path, body)).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(said)))
                self.end_headers()
                self.wfile.write(said)

            def log_message(self, *arguments):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass
class Desk(Look):
    """A team `desk` with the channel `escalations`, in which alice, bob and the bot `router` are; no router runs."""

    sandbox: Sandbox = None
    integration: Integration = None
    channel_id: str = ""

    def post(self, username, message="", **more):
        """Post over REST; gives the post's id."""
        return self.call(username, "POST", "/posts", {"channel_id": self.channel_id, "message": message} | more)["id"]

    def call(self, username, method, path, body=None):
        """Call the REST API as somebody."""
        headers = {"Authorization": f"Bearer {self.sandbox.token_of(username)}"}
        answer = requests.request(method, f"{self.sandbox.url}/api/v4{path}", json=body, headers=headers, timeout=10)
        answer.raise_for_status()
        return answer.json()


@pytest.fixture
def desk(request):
    """A desk and its page; the browser starts with the first test that looks at it."""
    integration = Integration()
    with Sandbox.start() as sandbox:
        sandbox.add_team("desk", "Desk")
        channel_id = sandbox.add_channel("desk", "escalations", "Escalations")
        sandbox.add_user("alice", "Alice", "Archer")
        sandbox.add_user("bob", "Bob", "Baker")
        sandbox.add_bot("router", "Router")
        sandbox.join("desk/escalations", ["alice", "bob", "router"])
        with Page.start(sandbox, ["alice", "bob"]) as page:
            look = Desk(None, page, sandbox=sandbox, integration=integration, channel_id=channel_id)
            if "browser" in request.fixturenames:
                look.browser = request.getfixturevalue("browser")
            yield look
            look.close()
    integration.close()
    assert look.faults == []


@dataclass
class Scene(Look):
    """A whole world, and its page."""

    world: object = None


@pytest.fixture
def scene(browser):
    """A world with a router, and its page."""
    with world() as told, Page.start(told.sandbox, everybody(told.policy)) as page:
        look = Scene(browser, page, "#/channels/community-escalations", world=told)
        yield look
        look.close()
    assert look.faults == []

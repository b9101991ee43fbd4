"""An endpoint that gives second opinions: a real HTTP server on this machine, which answers as a test tells it."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


def completion(content: object) -> bytes:
    """What a chat completion says around its content."""
    text = content if isinstance(content, str) else json.dumps(content)
    return json.dumps(
        {"id": "c-1", "choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]}
    ).encode()


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def task(self) -> str:
        return self.body["messages"][0]["content"]

    @property
    def signal(self) -> str:
        return self.body["messages"][1]["content"]


@dataclass
class Endpoint:
    """`answer` is sent with `status`; while `open` is not set, an asker waits for it before anything is answered."""

    status: int = 200
    answer: bytes = b""
    open: threading.Event = field(default_factory=threading.Event)
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    asked: list[Asked] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    url: str = ""

    def says(self, topic: str, confidence: float = 0.95) -> None:
        self.status, self.answer = 200, completion({"topic": topic, "confidence": confidence})


def _handler(endpoint: Endpoint) -> Callable[..., BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            headers = {name.lower(): text for name, text in self.headers.items()}
            endpoint.asked.append(Asked(self.path, headers, body))
            endpoint.arrived.release()
            endpoint.open.wait()
            self.send_response(endpoint.status)
            for name, text in endpoint.headers.items():
                self.send_header(name, text)
            self.send_header("Content-Length", str(len(endpoint.answer)))
            self.end_headers()
            try:
                self.wfile.write(endpoint.answer)
            except OSError:
                self.close_connection = True  # whoever asked has gone

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def answering() -> Iterator[Endpoint]:
    endpoint = Endpoint()
    endpoint.open.set()
    with ThreadingHTTPServer(("127.0.0.1", 0), _handler(endpoint)) as server:
        server.daemon_threads = False
        endpoint.url = f"http://127.0.0.1:{server.server_port}/v1"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield endpoint
        finally:
            endpoint.open.set()
            server.shutdown()
            thread.join()

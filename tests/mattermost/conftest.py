"""A client whose server is `responses`: every reply that a test lays out has to be used."""

import pytest
import responses

from router.mattermost.client import MattermostClient
from router.mattermost.proofs import Proofs

URL = "https://chat.example.org:8065"
TOKEN = "s3cr3t-t0k3n-of-the-bot-abcd"


@pytest.fixture
def proofs():
    return Proofs(b"a secret key of the tests")


@pytest.fixture
def server():
    with responses.RequestsMock(assert_all_requests_are_fired=True) as laid_out:
        yield laid_out


@pytest.fixture
def client(server, proofs):
    made = MattermostClient(URL, TOKEN, "https://router.example.org/mattermost", proofs)
    yield made
    made.close()

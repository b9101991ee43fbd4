"""GitHub: what people write in issues, discussions, pull requests, reviews and comments, and advisories and leaks.

`events` says which of GitHub's events are read and what comes of each, `parts` which fields of their bodies, `threads`
how threads and addresses belong together, `signatures` how a delivery is proved, `replaying` how those that did not
arrive are found.
"""

from router.intake.source import Source
from router.intake.sources.github.events import parse
from router.intake.sources.github.replaying import TOKENS, replay
from router.intake.sources.github.signatures import sign, verify
from router.intake.sources.github.threads import NAME, place_of, thread_of

LARGEST = 25 * 1024 * 1024  # GitHub's cap; larger bodies are not sent (its page "Webhook events and payloads")

SOURCE = Source(
    name=NAME,
    secrets=("GITHUB_WEBHOOK_SECRET",),
    verify=verify,
    parse=parse,
    thread_of=thread_of,
    sign=sign,
    place_of=place_of,
    largest=LARGEST,
    tokens=TOKENS,
    replay=replay,
)

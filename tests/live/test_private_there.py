"""What not everybody may read, and what nobody may read any more, on the sandbox and on a real server."""

import requests
from live.desk import Desk
from world import comment, eventually

QUESTION = "May we use the AGPL edition commercially, or do we need a commercial licence?"
RESPONDERS = ("jason.blais", "katie.wiersgalla", "ian.tien")


def direct(desk: Desk, username: str) -> str:
    """What the bot told somebody alone."""
    return "\n".join(post.text for post in desk.member(username).direct_messages(desk.places()[0]))


def everything(desk: Desk) -> str:
    """Whatever is to be read, in the channel and in messages to one person."""
    return "\n".join((*(post.text for post in desk.posts()), *(direct(desk, one) for one in RESPONDERS)))


def test_a_private_repository_is_read_by_its_responders_alone(desk: Desk) -> None:
    body = desk.issue(f"{QUESTION} Ask the narwhal.")
    body["repository"]["private"] = True
    root = desk.root(desk.deliver(body)["escalation"])
    assert "confidential" in root.text.splitlines()[0]
    assert "narwhal" not in root.text
    for one in RESPONDERS:
        eventually(lambda one=one: "narwhal" in direct(desk, one), f"a message to {one}", 30)
    assert "narwhal" not in direct(desk, "tim.quock")


def test_what_is_deleted_at_its_source_is_to_be_read_nowhere(desk: Desk) -> None:
    body = desk.issue(f"{QUESTION} Ask the platypus.")
    case = desk.deliver(body)["escalation"]
    root = desk.root(case)
    said = comment(f"{QUESTION} The platypus is away.", body["issue"]["number"], comment_id=9_000)
    assert desk.deliver(said, "issue_comment")["result"] == "joined"
    eventually(lambda: "platypus" in "\n".join(desk.replies(case)), "a reply that quotes", 30)
    assert desk.deliver(body | {"action": "deleted"})["result"] == "erased"
    eventually(lambda: "platypus" not in everything(desk), "posts without the text", 60)
    assert "erased" in desk.timeline(case)
    assert "platypus" not in desk.command("show", case, "--json")[1]
    assert former_texts(desk, "tim.quock", root.id) == []


def former_texts(desk: Desk, username: str, post_id: str) -> list[str]:
    """What a member may read of what a post said before."""
    token = desk.place.token_of(desk.named(username))
    answer = requests.get(
        f"{desk.place.url}/api/v4/posts/{post_id}/edit_history",
        headers={"Authorization": f"Bearer {token}"},
        timeout=10,
    )
    return [] if answer.status_code == requests.codes.forbidden else [one["message"] for one in answer.json()]

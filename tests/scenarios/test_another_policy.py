"""Another policy file: other names, another order, a tenth topic; no code is changed."""

from collections import Counter
from pathlib import Path

from world import world

from router.cli.demo.judging import MENTION

LEAK = Path(__file__).parent.parent / "intake" / "fixtures" / "github" / "leaked_secret_found.json"
POLICY = """
[community]
name = "Elsewhere"

[mattermost]
team = "elsewhere"
escalations_channel = "questions"
triage_channel = "sorting"
committee_channel = "committee"

[sources.default]
manager = "Steward"

[people.ada]
name = "Ada One"
mattermost = "ada"
[people.ben]
name = "Ben Two"
mattermost = "ben"
github = ["ben-codes"]
[people.cy]
name = "Cy Three"
mattermost = "cy"

[roles]
"Steward" = ["ada"]
"Counsel" = ["cy", "ben"]
"Nobody yet" = []

[escalation]
triage_within = "1h"
acknowledge_within = "2h"
answer_within = "1d"
close_after = "3d"
chase = [{ do = "hand-over" }, { do = "notify-backstop" }]
answer_chase = [{ do = "reopen" }]
backstop = "ada"

[[topics]]
id = "beekeeping"
title = "Beekeeping rules"
description = "May one keep bees on the roof"
approved_responders = ["Nobody yet", "Counsel"]
loop_in = ["Steward"]
phrases = ["keep bees on the roof", "beehive"]

[[topics]]
id = "licensing"
title = "Licences"
description = "Licences"
approved_responders = ["ben"]
"""


def test_mentions_owners_channels_and_chase_follow_the_file(tmp_path: Path) -> None:
    file = tmp_path / "responders.toml"
    file.write_text(POLICY)
    with world(policy_file=file, judge=True) as desk:
        everybody = [person.mattermost for person in desk.policy.people.values()]
        posts = lambda: desk.member("ada").posts(desk.member("ada").channel("elsewhere", "questions")[1])  # noqa: E731
        case = desk.post("Is it allowed to keep bees on the roof?", title="A beehive upstairs")["escalation"]
        desk.settle()
        (root,) = posts()
        assert Counter(MENTION.findall(root.text)) == Counter(everybody)
        assert "Beekeeping rules" in root.text.partition("\n")[0]
        assert "owner **Cy Three**" in root.text
        assert "vacant: Nobody yet" in root.text
        desk.advance(hours=2)
        assert desk.case(case).owner == "ben"
        colleague = desk.post("Is it allowed to keep bees on the roof?", number=2, author="Ben-Codes")
        assert colleague == {"result": "ignored", "escalation": None}


def test_a_leaked_secret_without_a_topic_for_it_is_decided_by_the_manager_and_not_let_go(tmp_path: Path) -> None:
    file = tmp_path / "responders.toml"
    file.write_text(POLICY)
    with world(policy_file=file) as desk:
        ada = desk.member("ada")
        team_id, sorting = ada.channel("elsewhere", "sorting")
        answer = desk.hook("secret_scanning_alert", LEAK.read_bytes()).json()
        desk.settle()
        (root,) = ada.posts(sorting)
        assert (answer["result"], root.case) == ("triage", answer["escalation"])
        assert "**Ada One** decides" in root.text
        assert "Leaked secret" in "".join(one.text for one in ada.direct_messages(team_id))


def test_a_triage_case_moves_to_the_escalations_channel_with_its_topic(tmp_path: Path) -> None:
    file = tmp_path / "responders.toml"
    file.write_text(POLICY)
    with world(policy_file=file) as desk:
        ada = desk.member("ada")
        team_id, sorting = ada.channel("elsewhere", "sorting")
        _, questions = ada.channel("elsewhere", "questions")
        case = desk.post("[?licensing] hm")["escalation"]
        desk.settle()
        (waiting,) = ada.posts(sorting)
        ada.press(waiting.id, next(one for one, name in waiting.buttons if name == "Licences"))
        desk.settle()
        assert "goes on in" in ada.posts(sorting)[0].text
        (root,) = [post for post in ada.posts(questions) if not post.root_id]
        assert root.case == case
        assert "owner **Ben Two**" in root.text
        assert ada.command(team_id, questions, f"/escalation show {case}")

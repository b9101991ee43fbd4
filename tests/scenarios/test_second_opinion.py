"""With a second opinion in the policy file: what is uncertain is escalated by it, and waits for nobody but a moment."""

from pathlib import Path

from endpoint import answering
from world import POLICY_FILE, world


def test_an_uncertain_signal_is_escalated_when_the_second_opinion_agrees(tmp_path: Path) -> None:
    with answering() as endpoint:
        table = f'[classifier.second_opinion]\nurl = "{endpoint.url}"\nmodel = "small"\n'
        file = tmp_path / "responders.toml"
        file.write_text(POLICY_FILE.read_text(encoding="utf-8") + table, encoding="utf-8")
        with world(policy_file=file, SECOND_OPINION_API_KEY="a-key") as desk:
            endpoint.says("packaging")
            answer = desk.post("[?licensing,packaging] hm")
            assert answer["result"] == "escalated"
            desk.settle()
            root = desk.root(answer["escalation"])
            assert "Packaging" in root.text.partition("\n")[0]
            assert "“second opinion of small”" in root.text
            assert endpoint.asked[0].headers["authorization"] == "Bearer a-key"
            endpoint.status = 500
            assert desk.post("[?licensing,packaging] hm", number=2)["result"] == "triage"
            assert desk.post("[licensing] hm", number=3)["result"] == "escalated"
            assert len(endpoint.asked) == 2

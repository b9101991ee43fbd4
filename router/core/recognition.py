"""How surely a signal must be sensitive before people are told, reckoned from what mistakes cost."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SecondOpinion:
    """Who is asked about uncertain signals: an API's base address, one of its models, and for how many seconds."""

    url: str
    model: str
    timeout: float = 2.0


@dataclass(frozen=True, slots=True)
class Recognition:
    """The policy file's `[classifier]`. Costs are counted in looks: a triage costs a person one.

    Both thresholds follow from the costs unless they are `given`. `model` and `shadow` are files of models, the second
    of one that is only watched, as are the topics of the policy file `shadow_policy`; "" is none.
    """

    miss_cost: float = 25.0
    false_alarm_cost: float = 2.5
    given_escalate_from: float | None = None
    given_triage_from: float | None = None
    model: str = ""
    shadow: str = ""
    shadow_policy: str = ""
    second_opinion: SecondOpinion | None = None

    @property
    def escalate_from(self) -> float:
        """The probability from which an escalation costs less than a look: (1 - p) * false_alarm_cost < 1."""
        given = self.given_escalate_from
        return 1 - 1 / self.false_alarm_cost if given is None else given

    @property
    def triage_from(self) -> float:
        """The probability from which a look costs less than letting go: 1 < p * miss_cost."""
        given = self.given_triage_from
        return 1 / self.miss_cost if given is None else given

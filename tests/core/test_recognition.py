"""Thresholds that follow from what mistakes cost are those that cost least."""

from hypothesis import assume, given
from hypothesis import strategies as st

from router.core.recognition import Recognition

costs = st.floats(1.01, 1000)


@given(costs, costs, st.floats(0, 1))
def test_whatever_is_decided_by_the_thresholds_costs_least(miss, false_alarm, probability):
    recognition = Recognition(miss_cost=miss, false_alarm_cost=false_alarm)
    assume(recognition.triage_from < recognition.escalate_from)
    escalated, looked_at, let_go = (1 - probability) * false_alarm, 1, probability * miss
    if probability >= recognition.escalate_from:
        cost = escalated
    elif probability >= recognition.triage_from:
        cost = looked_at
    else:
        cost = let_go
    assert cost <= min(escalated, looked_at, let_go) + 1e-9


def test_a_threshold_that_is_given_goes_before_the_costs():
    recognition = Recognition(given_escalate_from=0.9, given_triage_from=0.2)
    assert (recognition.escalate_from, recognition.triage_from) == (0.9, 0.2)

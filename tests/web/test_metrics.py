"""Metrics as Prometheus reads them."""

from router.service.metrics import Metric
from router.web.metrics import exposed


def test_a_counter_is_called_total_and_a_gauge_is_not():
    metrics = [Metric("verdicts", "How many.", (({}, 3),), counter=True), Metric("ratio", "How much.", (({}, 0.25),))]
    assert exposed(metrics).splitlines() == [
        "# HELP escalation_router_verdicts_total How many.",
        "# TYPE escalation_router_verdicts_total counter",
        "escalation_router_verdicts_total 3",
        "# HELP escalation_router_ratio How much.",
        "# TYPE escalation_router_ratio gauge",
        "escalation_router_ratio 0.25",
    ]


def test_labels_are_quoted():
    metric = Metric("cases", "Cases.", (({"a": 'x"\\\n', "b": "y"}, 1),))
    assert exposed([metric]).splitlines()[-1] == r'escalation_router_cases{a="x\"\\\n",b="y"} 1'


def test_large_counts_are_written_in_full():
    assert exposed([Metric("cases", "Cases.", (({}, 123_456_789),))]).endswith(" 123456789\n")

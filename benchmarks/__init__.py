"""Benchmarks: what the service is to reach in speed and size, measured against targets and baselines in one run.

`python -m benchmarks --help` says which there are. Each is a module with a `measure(size)` that returns figures.
`ablation` and `robustness` stand apart: they look at verdicts on labelled texts that one has.
"""

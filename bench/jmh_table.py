#!/usr/bin/env python3
"""Prints JMH's results as tables: benchmark, parameters, score, error, unit, bytes allocated an operation (with -prof gc), and the rate of arithmetic where it is counted.

usage: jmh_table.py RESULT.json...
"""
import json
import sys


def number(value):
    return "" if value is None or value != value else f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"


def metric(run, name):
    """A secondary metric; JMH puts a dot before the names of its profilers' on older versions."""
    for key, found in run["secondaryMetrics"].items():
        if key.lstrip("·") == name:
            return float(found["score"])
    return None


for path in sys.argv[1:]:
    with open(path) as file:
        runs = json.load(file)
    first = runs[0]
    print(f"{path}: JDK {first['jdkVersion']}, {first['forks']} fork(s), {first['measurementIterations']} iterations of {first['measurementTime']}\n")
    rates = any(metric(run, "gflops") is not None for run in runs)
    print("| benchmark | params | score | error | unit | B/op |" + (" GFLOP/s |" if rates else ""))
    print("|---|---|---|---|---|---|" + ("---|" if rates else ""))
    for run in runs:
        name = ".".join(run["benchmark"].split(".")[-2:])
        params = ", ".join(f"{key} {value}" for key, value in sorted(run.get("params", {}).items()))
        score = run["primaryMetric"]
        cells = [name, params, number(float(score["score"])), number(float(score["scoreError"])), score["scoreUnit"], number(metric(run, "gc.alloc.rate.norm"))]
        print("| " + " | ".join(cells + [number(metric(run, "gflops"))] * rates) + " |")
    print()

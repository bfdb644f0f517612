#!/usr/bin/env python3
"""Prints JMH's results as tables: benchmark, parameters, score, error, unit, bytes allocated an operation (with -prof gc), and the rate of arithmetic where it is counted.

usage: jmh_table.py RESULT.json...
       jmh_table.py --across PARAMETER RESULT.json...     a table a benchmark, a column a value of the parameter: score and bytes
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


def across(parameter, runs):
    for name in dict.fromkeys(run["benchmark"] for run in runs):
        cells, columns = {}, sorted({int(run["params"][parameter]) for run in runs})
        for run in runs:
            if run["benchmark"] == name:
                row = ", ".join(value for key, value in sorted(run["params"].items()) if key != parameter)
                text = f"{number(float(run['primaryMetric']['score']))} ({number(metric(run, 'gc.alloc.rate.norm'))})"
                cells.setdefault(row, {})[int(run["params"][parameter])] = text
        print(f"{'.'.join(name.split('.')[-2:])}, {runs[0]['primaryMetric']['scoreUnit']} (B/op):\n")
        print("| | " + " | ".join(f"{parameter} = {value}" for value in columns) + " |\n|---|" + "---|" * len(columns))
        for row, values in cells.items():
            print(f"| {row} | " + " | ".join(values.get(column, "") for column in columns) + " |")
        print()


if len(sys.argv) < 2:
    sys.exit(__doc__)
arguments = sys.argv[1:]
pivot = arguments[1] if arguments[:1] == ["--across"] else None
for path in arguments[2:] if pivot else arguments:
    with open(path) as file:
        runs = json.load(file)
    first = runs[0]
    print(f"{path}: JDK {first['jdkVersion']}, {first['forks']} fork(s), {first['measurementIterations']} iterations of {first['measurementTime']}\n")
    if pivot:
        across(pivot, runs)
        continue
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

#!/usr/bin/env python3
"""Draws what an iteration costs against n, from the CSV of IterationCost.

usage: iteration_cost_plot.py bench/results/iteration-cost.csv bench/pictures/prototype-iteration-cost.png
"""
import collections
import csv
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt

lines = [line for line in open(sys.argv[1]) if not line.startswith("#")]
curves = collections.defaultdict(list)
for row in csv.DictReader(lines):
    curves[int(row["d"]), int(row["threads"])].append((int(row["n"]), float(row["ms"])))
figure, axes = plt.subplots(figsize=(7.2, 4.6), dpi=100)
dimensions = sorted({d for d, _ in curves})
colours = dict(zip(dimensions, plt.rcParams["axes.prop_cycle"].by_key()["color"]))
for (d, threads), points in sorted(curves.items()):
    if len(points) > 1:
        n, ms = zip(*sorted(points))
        axes.loglog(n, ms, "o-" if threads == 1 else "s--", color=colours[d], markersize=4, label=f"d = {d}, {threads} thread{'s' * (threads > 1)}")
low, high = axes.get_ylim()
n = [100, max(point[0] for points in curves.values() for point in points)]
axes.loglog(n, [low * (x / n[0]) ** 2 for x in n], ":", color="grey", label="slope of n squared")
axes.set_xlabel("n, prototypes")
axes.set_ylabel("one value and gradient, ms")
axes.grid(True, which="major", alpha=0.3)
axes.legend(fontsize=8)
figure.tight_layout()
figure.savefig(sys.argv[2])

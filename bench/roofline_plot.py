#!/usr/bin/env python3
"""Draws the kernels of a training step under the machine's roofs, from the CSV of Roofline; or prints them as a table.

usage: roofline_plot.py bench/results/roofline.csv bench/pictures/roofline.png
       roofline_plot.py bench/results/roofline.csv
"""
import csv
import math
import sys

import matplotlib
matplotlib.use("Agg")
import matplotlib.pyplot as plt
import matplotlib.ticker

PANELS = [("Convolution: forward", ["conv forward"]),
          ("Convolution: gradient of the input", ["conv data", "conv data add"]),
          ("Convolution: gradient of the weights", ["conv weights"]),
          ("Matrix products, Gaussian potential", ["product", "potential"]),
          ("Normalisation", ["bn forward", "bn backward", "bn forward res", "bn backward res", "layer norm"]),
          ("Pooling, shortcuts, losses, optimisers, elementwise", ["pool", "pool back", "shortcut", "shortcut back", "loss", "sgd", "adamw", "elementwise"])]

with open(sys.argv[1]) as file:
    lines = file.read().splitlines()
machine = lines[0].lstrip("# ")
rows = [row for row in csv.DictReader(line for line in lines if not line.startswith("#"))]
roofs = {row["shape"]: row for row in rows if row["family"] == "roof"}
seconds = lambda row: float(row["milliseconds"]) * 1e-3
rate = lambda row: float(row["gflop"]) / seconds(row)
bandwidth = lambda row: float(row["megabytes"]) * 1e-3 / seconds(row)
intensity = lambda row: float(row["gflop"]) * 1e3 / float(row["megabytes"])
peak = rate(roofs["arithmetic"])
memory = bandwidth(roofs["memory"])
cache = bandwidth(roofs["last cache"])

if len(sys.argv) < 3:
    print(f"roofs: {peak:.0f} GFLOP/s, {memory:.0f} GB/s from memory, {cache:.0f} GB/s from the last cache\n")
    print("| kernel | shape | FLOP/byte | GFLOP/s | GB/s | share of the nearer roof (arithmetic, last cache) |\n|---|---|---|---|---|---|")
    for row in rows:
        if row["family"] != "roof":
            share = rate(row) / min(peak, cache * intensity(row))
            print(f"| {row['family']} | {row['shape']} | {intensity(row):.2f} | {rate(row):.1f} | {bandwidth(row):.1f} | {share:.0%} |")
    sys.exit()

figure, grid = plt.subplots(2, 3, figsize=(19, 11.5), dpi=80)
for axes, (title, families) in zip(grid.flat, PANELS):
    members = [row for row in rows if row["family"] in families]
    left = 0.6 * min(intensity(row) for row in members)
    right = 1.6 * max(intensity(row) for row in members)
    xs = [left * (right / left) ** (i / 200) for i in range(201)]
    axes.loglog(xs, [min(peak, memory * x) for x in xs], "-", color="black", linewidth=1.2, label=f"{peak:.0f} GFLOP/s, {memory:.0f} GB/s from memory")
    axes.loglog(xs, [min(peak, cache * x) for x in xs], "--", color="grey", linewidth=1.2, label=f"{cache:.0f} GB/s from the last cache")
    low = 0.7 * min(map(rate, members))
    high = 2.2 * max(max(map(rate, members)), min(peak, cache * right))
    axes.set_xlim(left, right)
    axes.set_ylim(low, high)
    # labels in a column right of the panel, in the order of the points' rates, none closer than a line's height
    position = lambda value: math.log(value / low) / math.log(high / low)
    places = []
    for row in sorted(members, key=rate):
        places.append(max(position(rate(row)), places[-1] + 0.05 if places else 0.02))
    for i in range(len(places) - 1, -1, -1):
        limit = 0.98 if i == len(places) - 1 else places[i + 1] - 0.05
        places[i] = min(places[i], limit)
    for colour, family in enumerate(families):
        for row, place in zip(sorted(members, key=rate), places):
            if row["family"] == family:
                point = f"C{colour}"
                axes.plot(intensity(row), rate(row), "o", color=point, markersize=6)
                name = f"{family} {row['shape']}" if len(families) > 1 else row["shape"]
                axes.annotate(f"{name}: {rate(row):.3g}", (intensity(row), rate(row)), xytext=(1.06, place), textcoords="axes fraction", fontsize=9.5, color=point,
                              va="center", annotation_clip=False, arrowprops=dict(arrowstyle="-", color=point, linewidth=0.4, relpos=(0, 0.5)))
    axes.xaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    axes.yaxis.set_minor_formatter(matplotlib.ticker.NullFormatter())
    axes.set_title(title)
    axes.grid(True, which="major", alpha=0.3)
    axes.legend(fontsize=9, loc="upper left")
for axes in grid[-1]:
    axes.set_xlabel("FLOP for each byte that must be read or written")
for axes in grid[:, 0]:
    axes.set_ylabel("GFLOP/s")
figure.suptitle(f"Kernels of a training step of ResNet-32 (batch 128) under the machine's roofs; GFLOP/s behind each name\n{machine}")
figure.subplots_adjust(left=0.04, right=0.85, bottom=0.06, top=0.9, wspace=0.8, hspace=0.2)
figure.savefig(sys.argv[2])

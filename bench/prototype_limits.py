#!/usr/bin/env python3
"""The table of limits, from the results of PrototypeLimits: ours, best known, proven lower bound, and what it took.

usage: prototype_limits.py [--short] bench/results/prototype-limits.csv
--short: only the summary, and the rows that are further than 1e-4 from the best known.
"""
import csv
import sys

if len(sys.argv) < 2:
    sys.exit(__doc__)
short = "--short" in sys.argv
rows = list(csv.DictReader(open(sys.argv[-1])))
for objective, what in (("SEPARATION", "largest cosine"), ("UNIFORMITY", "loss, t = 2")):
    chosen = [row for row in rows if row["objective"] == objective]
    gaps = [float(row["ours"]) - float(row["known"]) for row in chosen]
    within, lower = sum(gap <= 1e-4 for gap in gaps), sum(gap < -1e-6 for gap in gaps)
    print(f"{objective.lower()}: {len(chosen)} rows, {within} within 1e-4 of the best known or below it, {lower} below it by more than 1e-6; "
          f"the worst {max(gaps):+.1e}, the best {min(gaps):+.1e}\n")
    print(f"| n | d | {what}: ours | best known | difference | lower bound | starts | slowness | polished | seconds |\n|---|---|---|---|---|---|---|---|---|---|")
    for row, gap in zip(chosen, gaps):
        if not short or gap > 1e-4:
            print("| {n} | {d} | {ours} | {known} | {gap:+.1e} | {bound} | {starts} | {slowness} | {yes} | {seconds} |".format(
                gap=gap, yes="yes" if row["polished"] == "true" else "", **row))
    print()

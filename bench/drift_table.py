#!/usr/bin/env python3
"""Prints the table of warm starts in RESULTS.md on the drift of training from the JSON lines of TrainingDrift, the median over the assignments after the second
(the first is cold, the second keeps the near prototypes for the first time), least to most in brackets.

Usage: python3 bench/drift_table.py bench/results/assignment-drift.jsonl
"""
import json
import statistics
import sys

runs = {}
if len(sys.argv) < 2:
    sys.exit(__doc__)
for name in sys.argv[1:]:
    for line in open(name):
        row = json.loads(line)
        if row["epoch"] > 2:
            runs.setdefault((row["run"], row["classes"], row["d"]), []).append(row)
print("| run | classes, d | drift | labels moved | matrix: read, ms | cold | warm | cold / warm | directions: cold, ms | warm | cold / warm |\n"
      "|---|---|---|---|---|---|---|---|---|---|---|")
for (run, classes, d), rows in runs.items():
    def middle(field):
        return statistics.median(row[field] for row in rows)

    def span(field):
        values = [row[field] for row in rows]
        return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"

    moved = [row["moved"] for row in rows]
    drift = [row["drift"] for row in rows]
    print(f"| {run} | {classes}, {d} | {min(drift):.2f} to {max(drift):.2f} | {min(moved)} to {max(moved)} | {middle('read_ms'):.3g} | {middle('cold_ms'):.3g} | {middle('warm_ms'):.3g} | {span('cold_over_warm')} | "
          f"{middle('labels_cold_ms'):.3g} | {middle('labels_warm_ms'):.3g} | {span('labels_cold_over_warm')} |")

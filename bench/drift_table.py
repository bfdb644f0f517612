"""Prints the README's table of warm starts on the drift of training from the JSON lines of TrainingDrift, the median over the epochs after the first.

Usage: python3 bench/drift_table.py bench/results/assignment-drift.jsonl
"""
import json
import statistics
import sys

runs = {}
for name in sys.argv[1:]:
    for line in open(name):
        row = json.loads(line)
        if row["epoch"] > 1:
            runs.setdefault((row["run"], row["classes"], row["d"]), []).append(row)
print("| run | classes, d | labels moved an epoch | matrix: cold, ms | warm, ms | cold / warm | directions: cold, ms | warm, ms | cold / warm |\n"
      "|---|---|---|---|---|---|---|---|---|")
for (run, classes, d), rows in runs.items():
    def middle(field):
        return statistics.median(row[field] for row in rows)

    def span(field):
        values = [row[field] for row in rows]
        return f"{statistics.median(values):.1f} ({min(values):.1f} to {max(values):.1f})"

    moved = [row["moved"] for row in rows]
    print(f"| {run} | {classes}, {d} | {min(moved)} to {max(moved)} | {middle('cold_ms'):.3g} | {middle('warm_ms'):.3g} | {span('cold_over_warm')} | "
          f"{middle('labels_cold_ms'):.3g} | {middle('labels_warm_ms'):.3g} | {span('labels_cold_over_warm')} |")

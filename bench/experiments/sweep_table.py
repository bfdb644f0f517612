#!/usr/bin/env python3
"""Tables of sweeps (bench/experiments/sweep.sh): one row a run, mean over seeds and, from two seeds on, the smallest and largest.

usage: sweep_table.py accuracy|siblings|period|shots RESULT.csv...
accuracy  top-1 by run and dimension          siblings  are superclass siblings nearer than chance among the assigned prototypes?
period    top-1 and what assignments cost     shots     many-, medium- and few-shot accuracy
"""
import collections
import csv
import statistics
import sys


def rows(files):
    for file in files:
        with open(file, newline="") as lines:
            yield from csv.DictReader(lines)


def numbers(group, column, scale=1.0):
    return [scale * float(r[column]) for r in group if r[column]]


def spread(values, decimals=2):
    if not values:
        return ""
    text = f"{statistics.mean(values):.{decimals}f}"
    return text if len(values) == 1 else f"{text} ({min(values):.{decimals}f} to {max(values):.{decimals}f})"


def table(head, lines):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")


def main(kind, files):
    groups = collections.defaultdict(list)
    for r in rows(files):
        groups[r["run"], int(r["d"])].append(r)
    if kind == "accuracy":
        dims = sorted({d for _, d in groups})
        runs = list(dict.fromkeys(run for run, _ in groups))
        table(["top-1, %"] + [f"d = {d}" for d in dims],
              [[run] + [spread(numbers(groups.get((run, d), []), "top1", 100)) for d in dims] for run in runs])
    elif kind == "siblings":
        keep = [(key, g) for key, g in groups.items() if numbers(g, "sibling_cosine")]
        table(["run", "d", "seeds", "mean cosine of siblings", "by chance", "p", "sibling at the nearest prototype, %"],
              [[run, str(d), str(len(g)), spread(numbers(g, "sibling_cosine"), 3),
                f"{statistics.mean(numbers(g, 'chance_cosine')):.3f} ± {statistics.mean(numbers(g, 'chance_deviation')):.3f}",
                " to ".join(dict.fromkeys(f"{f(numbers(g, 'p')):.2g}" for f in (min, max))), spread(numbers(g, "nearest_sibling", 100), 0)] for (run, d), g in keep])
    elif kind == "period":
        table(["assignment", "top-1, %", "labels moved", "last epoch that moved any", "share of the time, %"],
              [[run, spread(numbers(g, "top1", 100)), spread(numbers(g, "labels_moved"), 0), spread(numbers(g, "moving_epochs"), 0),
                spread([100 * float(r["assignment_seconds"]) / float(r["seconds"]) for r in g])] for (run, _), g in groups.items()])
    elif kind == "shots":
        table(["run", "d", "top-1, %", "many", "medium", "few"],
              [[run, str(d)] + [spread(numbers(g, c, 100)) for c in ("top1", "many", "medium", "few")] for (run, d), g in groups.items()])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:]) if len(sys.argv) > 2 else sys.exit(__doc__)

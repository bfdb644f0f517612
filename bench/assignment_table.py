#!/usr/bin/env python3
"""Prints the table in RESULTS.md of SciPy's time over ours from the JSON lines of assignment_ratios.py; later lines replace earlier ones.
Given the JSON lines of assignment_peers.sh, that of the Java peers.

Usage: python3 bench/assignment_table.py bench/results/assignment-scipy*.jsonl
       python3 bench/assignment_table.py bench/results/assignment-java-peers.jsonl
"""
import json
import sys


def java_peers(rows):
    """OR-Tools' and JGraphT's times over ours; a peer that was not asked is left out, one stopped at its limit has only that for a time."""
    sizes, families = sorted({row["n"] for row in rows}), list(dict.fromkeys(row["family"] for row in rows))
    cells = {(row["family"], row["n"]): row for row in rows}

    def ratio(row, peer):
        if peer not in row:
            return ""
        if row[peer] is None:
            return f"> {row['limit'] / row['ours']:.0f}"
        times = row[peer] / row["ours"]
        return f"{times:.0f}" if times >= 100 else f"{times:.3g}"

    print("OR-Tools / ours, JGraphT / ours; " + "; ".join(sorted({f"{r['machine']}, {r['cores']} cores, JDK {r['jdk']}, {r['date']}" for r in rows})) + ".\n")
    print("| family | " + " | ".join(f"n = {n}" for n in sizes) + " |\n|---|" + "---|" * len(sizes))
    for family in families:
        print(f"| {family} | " + " | ".join(", ".join(filter(None, (ratio(cells[family, n], peer) for peer in ("ortools", "jgrapht")))) for n in sizes) + " |")


if len(sys.argv) < 2:
    sys.exit(__doc__)
lines = [json.loads(line) for name in sys.argv[1:] for line in open(name)]
if "ortools" in lines[0]:
    java_peers(lines)
    sys.exit()
cells, runs, families, sizes, source = {}, {}, [], set(), set()
for row in lines:
    cells[row["family"], row["n"]] = row
    runs.setdefault((row["family"], row["n"]), []).append(row)
    families += [row["family"]] if row["family"] not in families else []
    sizes.add(row["n"])
    source.add(f"{row['machine']}, {row['cores']} cores, JDK {row['ours']['jdk']}, {row['date']}")


def duration(row):
    milliseconds = row["ours"]["seconds"] * 1e3
    return f"{milliseconds:.0f} ms" if milliseconds >= 1000 else f"{milliseconds:.3g} ms"


def cell(family, n):
    row = cells.get((family, n))
    if row is None:
        return ""
    more = "> " if row["peer"]["timeout"] else ""
    return f"{more}{row['ratio']:.1f} ({duration(row)})"


print("SciPy's time over ours (ours in brackets), medians of alternating runs; " + "; ".join(sorted(source)) + ".\n")
print("| family | " + " | ".join(f"n = {n}" for n in sorted(sizes)) + " |\n|---|" + "---|" * len(sizes))
for family in families:
    print(f"| {family} | " + " | ".join(cell(family, n) for n in sorted(sizes)) + " |")
repeated = {key: rows for key, rows in runs.items() if len(rows) > 1}
if repeated:
    print("\nMeasured more than once, first to last (the last stands in the table): " + "; ".join(
        f"{family} {n}: " + ", ".join(f"{r['ratio']:.1f} ({duration(r)})" for r in rows) for (family, n), rows in repeated.items()) + ".")

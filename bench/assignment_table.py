"""Prints the README's table of SciPy's time over ours from the JSON lines of assignment_ratios.py; later lines replace earlier ones.

Usage: python3 bench/assignment_table.py bench/results/assignment-scipy*.jsonl
"""
import json
import sys

cells, runs, families, sizes, source = {}, {}, [], set(), set()
for name in sys.argv[1:]:
    for line in open(name):
        row = json.loads(line)
        cells[row["family"], row["n"]] = row
        runs.setdefault((row["family"], row["n"]), []).append(row)
        families += [row["family"]] if row["family"] not in families else []
        sizes.add(row["n"])
        source.add(f"{row['machine']}, {row['cores']} cores, JDK {row['ours']['jdk']}, {row['date']}")


def cell(family, n):
    row = cells.get((family, n))
    if row is None:
        return ""
    more = "> " if row["peer"]["timeout"] else ""
    return f"{more}{row['ratio']:.1f} ({row['ours']['seconds'] * 1e3:.3g} ms)"


print("SciPy's time over ours (ours in brackets), medians of alternating runs; " + "; ".join(sorted(source)) + ".\n")
print("| family | " + " | ".join(f"n = {n}" for n in sorted(sizes)) + " |\n|---|" + "---|" * len(sizes))
for family in families:
    print(f"| {family} | " + " | ".join(cell(family, n) for n in sorted(sizes)) + " |")
repeated = {key: rows for key, rows in runs.items() if len(rows) > 1}
if repeated:
    print("\nMeasured more than once, first to last (the last stands in the table): " + "; ".join(
        f"{family} {n}: " + ", ".join(f"{r['ratio']:.1f} ({r['ours']['seconds'] * 1e3:.3g} ms)" for r in rows) for (family, n), rows in repeated.items()) + ".")

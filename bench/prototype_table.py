#!/usr/bin/env python3
"""The table of prototypes in RESULTS.md, from a result of bench/peers/prototype_peers.sh: the worst of our seeds beside the published set,
our longest time beside the shortest of 1000 iterations of the paper's method in PyTorch.

usage: prototype_table.py bench/results/prototype-peers.txt
"""
import collections
import sys

ours, published, seconds, torch = collections.defaultdict(list), {}, collections.defaultdict(list), collections.defaultdict(list)
if len(sys.argv) < 2:
    sys.exit(__doc__)
for line in open(sys.argv[1]):
    cells = line.strip().split(",")
    if len(cells) == 8 and cells[2] in ("UNIFORMITY", "SEPARATION"):
        key = (int(cells[0]), int(cells[1]), cells[2])
        ours[key].append(float(cells[6]))
        published[key] = float(cells[7])
        seconds[key].append(float(cells[4]))
    elif len(cells) == 7 and cells[0].isdigit():
        torch[int(cells[0]), int(cells[1])].append(float(cells[3]))
print("| n, d | published loss | ours, worst seed | published largest cosine | ours, worst seed | seconds (loss / cosine) | PyTorch, 1000 iterations |\n|---|---|---|---|---|---|---|")
for n, d in sorted({key[:2] for key in ours}):
    u, s = (n, d, "UNIFORMITY"), (n, d, "SEPARATION")
    if u in ours and s in ours:
        print(f"| {n}, {d} | {published[u]:.6f} | {max(ours[u]):.6f} | {published[s]:.5f} | {max(ours[s]):.5f} | {max(seconds[u]):.2f} / {max(seconds[s]):.2f} "
              f"| {min(torch[n, d], default=float('nan')):.2f} |")

#!/usr/bin/env python3
"""Ours beside SciPy on the same matrices, both in steady state and in alternation; prints the ratios and appends JSON lines.

Usage: python3 bench/assignment_ratios.py N OUT.jsonl [FAMILY...]   (after: mvn -q -B test-compile)
One JVM, warmed up on all families at n = 300, and one Python process live as long as the run. Each matrix is first solved in both (ours ten times or for two seconds),
then ROUNDS (7) times in turn; times are medians. SciPy is given LIMIT (10) seconds a solve.
"""
import datetime
import json
import os
import pathlib
import platform
import select
import statistics
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
if len(sys.argv) < 3:
    sys.exit(__doc__)
n, out = int(sys.argv[1]), pathlib.Path(sys.argv[2])
names = sys.argv[3:] or ("uniform int10 int100 const log40 geo2d_eu geo2d_sq machol_wien machol_wien_perm rank1_sum rank1_prod "
                         "hidden_perm cos_d16 cos_d128 cos_clustered cos_blockties cos_collapsed cos_near").split()
rounds, limit = int(os.environ.get("ROUNDS", "7")), float(os.environ.get("LIMIT", "10"))
flags = os.environ.get("JVM", "--add-modules jdk.incubator.vector").split()
cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())


def started(command):
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, bufsize=1)


def ask(process, line, seconds=600):
    """The answer as JSON, or None if there is none in time; the process is then ended."""
    process.stdin.write(line + "\n")
    if not select.select([process.stdout], [], [], seconds)[0]:
        process.kill()
        return None
    return json.loads(process.stdout.readline())


ours = started(["java", "-Xmx6g", *flags, "-cp", f"{root}/target/classes:{root}/target/test-classes",
                "org.equisphere.assignment.AssignmentFamilies", "serve"])
peer = None
print("| family | n | ours, ms | SciPy, ms | SciPy / ours |\n|---|---|---|---|---|")
for family in names:
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/cost.npy"
        mine = ask(ours, f"load {family} {n} {file}")
        peer = peer or started(["/usr/bin/python3", f"{root}/bench/peers/lsap_peers.py"])
        theirs = ask(peer, f"load {file}", limit + 2)
    if theirs is None:
        peer = None
    agree = theirs is None or abs(theirs["value"] - mine["value"]) <= 1e-9 * abs(mine["value"])
    if not (mine["optimal"] and agree):
        raise SystemExit(f"{family}: ours {mine}, peer {theirs}")
    my_times, their_times = [], []
    for _ in range(rounds):
        my_times.append(ask(ours, "solve"))
        if theirs is not None and sum(their_times) < 3 * limit:
            their_times.append(ask(peer, "solve"))
    mine["seconds"] = statistics.median(my_times)
    mine["runs"] = my_times
    seconds = statistics.median(their_times) if their_times else limit
    more = "" if their_times else "> "
    print(f"| {family} | {n} | {mine['seconds'] * 1e3:.2f} | {more}{seconds * 1e3:.2f} | {more}{seconds / mine['seconds']:.1f} |", flush=True)
    with out.open("a") as lines:
        lines.write(json.dumps(dict(family=family, n=n, ours=mine, peer=dict(theirs or {}, seconds=seconds, timeout=not their_times,
                                    runs=their_times), ratio=seconds / mine["seconds"], machine=cpu, cores=os.cpu_count(),
                                    date=datetime.date.today().isoformat())) + "\n")

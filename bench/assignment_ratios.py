"""Ours beside SciPy on the same matrices, family by family in alternation; prints the ratio table and appends JSON lines.

Usage: python3 bench/assignment_ratios.py N OUT.jsonl [FAMILY...]   (after: mvn -q -B test-compile)
"""
import datetime
import json
import os
import pathlib
import platform
import subprocess
import sys
import tempfile

root = pathlib.Path(__file__).resolve().parent.parent
n, out = sys.argv[1], pathlib.Path(sys.argv[2])
names = sys.argv[3:] or ("uniform int10 int100 const log40 geo2d_eu geo2d_sq machol_wien machol_wien_perm rank1_sum rank1_prod "
                         "hidden_perm cos_d16 cos_d128 cos_clustered cos_blockties cos_collapsed cos_near").split()
java = ["java", "-Xmx6g", "-cp", f"{root}/target/classes:{root}/target/test-classes", "org.equisphere.assignment.AssignmentFamilies"]
cpu = next((line.split(":")[1].strip() for line in open("/proc/cpuinfo") if line.startswith("model name")), platform.machine())
repeat, limit = os.environ.get("REPEAT", "3"), os.environ.get("LIMIT", "10")


def last_json(command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip().splitlines()[-1])


print(f"| family | n | ours, s | SciPy, s | SciPy / ours |\n|---|---|---|---|---|")
for family in names:
    with tempfile.TemporaryDirectory() as folder:
        file = f"{folder}/cost.npy"
        subprocess.run(java + ["write", n, family, file], check=True)
        peer = last_json(["/usr/bin/python3", f"{root}/bench/peers/lsap_peers.py", file, family, repeat, limit])
    ours = last_json(java[:1] + [f"-Drepeat={repeat}"] + java[1:] + ["families", n, family])
    agree = peer["value"] is None or abs(peer["value"] - ours["value"]) <= 1e-9 * abs(ours["value"])
    if not (ours["optimal"] and agree):
        raise SystemExit(f"{family}: ours {ours}, peer {peer}")
    theirs = f"{peer['seconds']:.4f}" if peer["seconds"] else f"> {limit}"
    ratio = f"{peer['seconds'] / ours['seconds']:.1f}" if peer["seconds"] else f"> {float(limit) / ours['seconds']:.1f}"
    print(f"| {family} | {n} | {ours['seconds']:.4f} | {theirs} | {ratio} |", flush=True)
    with out.open("a") as lines:
        lines.write(json.dumps(dict(ours=ours, peer=peer, machine=cpu, cores=os.cpu_count(),
                                    date=datetime.date.today().isoformat())) + "\n")

#!/usr/bin/env bash
# Records the assignment's figures: SciPy beside ours on every family, the Java peers, warm starts on the drift of training, and JMH. About half an hour on a quiet machine.
# usage: bench/assignment_record.sh [N...]     (default 100 500 1000 2000 4000 8000)
# environment: OUT results folder (bench/results), FAMILIES (all), ROUNDS (5), LIMIT seconds a solve of a peer (10), PEER_FAMILIES, PARTS (scipy java drift jmh),
#              DRIFT recordings of TrainingDrift to measure (a folder of .npy files; none: that part is left out)
# A part replaces its file of results only when it has run to its end.
set -euo pipefail
cd "$(dirname "$0")/.."
sizes=${*:-100 500 1000 2000 4000 8000}
out=${OUT:-bench/results} parts=${PARTS:-scipy java drift jmh}
export ROUNDS=${ROUNDS:-5} LIMIT=${LIMIT:-10}
read -ra families <<< "${FAMILIES:-}"
read -ra peer_families <<< "${PEER_FAMILIES:-uniform int100 geo2d_eu machol_wien rank1_prod cos_d128 cos_near int10 const log40 geo2d_sq machol_wien_perm rank1_sum hidden_perm cos_d16 cos_clustered cos_blockties cos_collapsed}"
mkdir -p "$out"
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
mvn -q -B -ntp test-compile
mvn -q -B -ntp dependency:build-classpath -Dmdep.outputFile=target/bench.classpath
machine=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)

if [[ " $parts " == *" scipy "* ]]; then
    for n in $sizes; do
        python3 bench/assignment_ratios.py "$n" "$fresh/scipy-$n.jsonl" "${families[@]}"
        mv "$fresh/scipy-$n.jsonl" "$out/assignment-scipy-$n.jsonl"
    done
fi
if [[ " $parts " == *" java "* ]]; then
    for n in $sizes; do
        [ "$n" -le 4000 ] && bench/peers/java/assignment_peers.sh "$n" 3 "$LIMIT" "${peer_families[@]}" >> "$fresh/java.jsonl"
    done
    mv "$fresh/java.jsonl" "$out/assignment-java-peers.jsonl"
fi
if [[ " $parts " == *" drift "* && -n "${DRIFT:-}" ]]; then
    java -Xmx4g --add-modules jdk.incubator.vector -cp "target/test-classes:target/classes:$(cat target/bench.classpath)" \
        org.equisphere.assignment.TrainingDrift measure "$DRIFT"/*.npy \
        | sed "s/}\$/, \"machine\": \"$machine\", \"cores\": $(nproc), \"date\": \"$(date +%F)\"}/" > "$fresh/drift.jsonl"
    mv "$fresh/drift.jsonl" "$out/assignment-drift.jsonl"
fi
if [[ " $parts " == *" jmh "* ]]; then
    named=${families[*]:-${peer_families[*]}}
    bench/run.sh LinearAssignmentBenchmark "$fresh/jmh.json" -prof gc -p n="${sizes// /,}" -p family="${named// /,}" ${JMH:--f 1 -wi 1 -w 1s -i 3 -r 300ms}
    python3 - "$fresh/jmh.json" "$machine" "$(nproc)" "$(date +%F)" << 'PY'
import json
import sys

rows = json.load(open(sys.argv[1]))
for row in rows:
    row.update(machine=sys.argv[2], cores=int(sys.argv[3]), date=sys.argv[4])
open(sys.argv[1], "w").write("[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n")
PY
    mv "$fresh/jmh.json" "$out/assignment-jmh.json"
fi

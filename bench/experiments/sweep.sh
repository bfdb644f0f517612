#!/usr/bin/env bash
# Runs one of the grids beside this script; finished runs of RESULT.csv are left out, so an interrupted sweep goes on.
# usage: sweep.sh GRID DATA RESULT.csv MINUTES [[RUNS_AT_A_TIMEx]THREADS|cuda]
#   bench/experiments/sweep.sh cifar100 cifar100:cifar-100-binary.tar.gz bench/results/sweep-cifar100.csv 60 1
#        sweep.sh GRID DATA FOLDER      writes the grid's examples as .npy files, for bench/peers/recipe_torch.py
# No run begins once MINUTES are over. bench/experiments/sweep_table.py makes the tables of RESULTS.md.
set -euo pipefail
[ $# -ge 3 ] || { sed -n 2,6p "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd) root=$(cd "$(dirname "$0")/../.." && pwd)
if [ ! -f "$root/target/bench.classpath" ] || [ ! -d "$root/target/test-classes/org/equisphere/cli" ]; then
    (cd "$root" && mvn -q -B test-compile && mvn -q -B dependency:build-classpath -Dmdep.outputFile=target/bench.classpath)
fi
exec java --add-modules jdk.incubator.vector -Xmx3g -cp "$root/target/test-classes:$root/target/classes:$(cat "$root/target/bench.classpath")" \
    org.equisphere.cli.Sweep "$here/$1.grid" "$2" "$3" ${4:+"$4" "${5:-1}"}

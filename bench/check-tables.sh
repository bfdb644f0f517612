#!/usr/bin/env bash
# Holds the tables of RESULTS.md that a script makes against the files they were made of: prints each row that does not stand there as the script prints it, and
# ends with 1 if there is one. (By hand stand the top-5 of the heads on the whole training set, the tables beside PyTorch, MKL and on embeddings, and all text.)
# usage: bench/check-tables.sh
set -uo pipefail
cd "$(dirname "$0")/.."
amiss=0

# check ROWS COMMAND...: every row that the command prints and ROWS matches
check() {
    local rows count=0
    rows=$(python3 "${@:2}" | grep -E "^\|.*\|$" | grep -E "$1") || { echo "no rows: ${*:2}"; amiss=1; return; }
    while IFS= read -r row; do
        count=$((count + 1))
        grep -qxF -- "$row" bench/RESULTS.md || { echo "not in RESULTS.md: $row"; amiss=1; }
    done <<< "$rows"
    echo "$count rows: ${*:2}"
}

check '' bench/experiments/sweep_table.py accuracy bench/results/sweep-cifar100*.csv
check '^\| (best|dynamic|dynamic-tempered|static) \| (3|5|10|25|50) ' bench/experiments/sweep_table.py siblings bench/results/sweep-cifar100*.csv
check '' bench/experiments/sweep_table.py period bench/results/sweep-period.csv
check '' bench/experiments/sweep_table.py shots bench/results/sweep-longtail-*.csv
check '' bench/prototype_table.py bench/results/prototype-peers.txt
check '' bench/assignment_table.py bench/results/assignment-scipy-*.jsonl
check '' bench/assignment_table.py bench/results/assignment-java-peers.jsonl
check '' bench/jmh_table.py --across n bench/results/assignment-jmh.json
check '' bench/drift_table.py bench/results/assignment-drift.jsonl
exit $amiss

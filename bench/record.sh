#!/usr/bin/env bash
# Runs the JMH benchmarks of the CPU path for the record, each in one fork with few and short iterations: about half an hour in all. Allocation is counted (-prof gc).
# usage: bench/record.sh [FOLDER [CLASS...]]      default: bench/results, all; for instance: bench/record.sh bench/results GemmBenchmark
# FOLDER gets a JSON file a class, each replaced only when its class has run to its end, and machine.txt, which tells the machine, the JDK and the date, and behind them
# the files recorded so; chosen classes add such a paragraph to it. bench/jmh_table.py makes tables of them.
#   another JDK:            PATH=JAVA_HOME/bin:$PATH bench/record.sh FOLDER      (Maven goes on compiling with its own)
#   lanes of 256 bits:      JAVA_TOOL_OPTIONS=-XX:UseAVX=2 bench/record.sh FOLDER
#   shorter, to try it out: ITERATIONS="-wi 1 -w 100ms -i 1 -r 100ms" bench/record.sh FOLDER
set -euo pipefail
cd "$(dirname "$0")/.."
folder=${1:-bench/results}
mkdir -p "$folder"
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
chosen=" ${*:2} "
iterations=${ITERATIONS:--wi 3 -w 1s -i 3 -r 1s}
steps=${ITERATIONS:--wi 1 -w 1s -i 3 -r 10s}  # after a set-up that waits for the compiler; in a second the harness's own bytes would be most of what is counted

# record CLASS NAME ITERATIONS [options]: the methods of CLASS to FOLDER/NAME-jmh.json
record() {
    [ "$chosen" = "  " ] || [[ $chosen == *" $1 "* ]] || return 0
    # shellcheck disable=SC2086
    bench/run.sh "$1" "$fresh/jmh.json" -f 1 $3 -prof gc -foe true "${@:4}"
    mv "$fresh/jmh.json" "$folder/$2-jmh.json"
    echo "$2-jmh.json: one fork, $3" >> "$folder/machine.txt"
}

{
    date -u +%F
    lscpu | sed -n 's/^Model name: *//p; s/^CPU(s): */cores: /p; s/^L[123][di]* cache: *//p'
    grep -o -w -m1 'avx512f\|avx2' <(grep -m1 ^flags /proc/cpuinfo | tr ' ' '\n' | sort -r) || true
    sed -n 's/^MemTotal: *//p' /proc/meminfo
    java -version 2>&1
    echo "JAVA_TOOL_OPTIONS: ${JAVA_TOOL_OPTIONS:-}"
} > "$fresh/machine.txt"
if [ "$chosen" = "  " ]; then mv "$fresh/machine.txt" "$folder/machine.txt"; else { echo; cat "$fresh/machine.txt"; } >> "$folder/machine.txt"; fi

record GemmBenchmark gemm "$iterations" -p backend=vector
record ConvolutionBenchmark convolution "$iterations" -p layer=3:16:32:1:3,16:16:32:1:3,16:32:32:2:3,32:32:16:1:3,64:64:8:1:3
record NormalizationBenchmark normalization "$iterations" -p backend=vector
record LossBenchmark loss "$iterations" -p backend=vector
record StepBenchmark step "$steps" -p backend=vector
record GaussianPotentialBenchmark gaussian-potential "$iterations"

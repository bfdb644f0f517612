#!/usr/bin/env bash
# Runs JMH benchmarks and keeps their results as JSON.
# usage: bench/run.sh REGEX RESULT.json [more JMH options]     for instance: bench/run.sh GemmBenchmark bench/results/gemm.json -prof gc
set -euo pipefail
[ $# -ge 2 ] || { sed -n 2,3p "$0" >&2; exit 2; }
cd "$(dirname "$0")/.."
mvn -q -B test-compile
mvn -q -B dependency:build-classpath -Dmdep.outputFile=target/bench.classpath
exec java --add-modules jdk.incubator.vector -cp "target/test-classes:target/classes:$(cat target/bench.classpath)" org.openjdk.jmh.Main "$1" \
    -jvmArgsAppend "--add-modules jdk.incubator.vector -Xmx3g" -rf json -rff "$2" "${@:3}"

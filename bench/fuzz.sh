#!/usr/bin/env bash
# Reads damaged files of every format in a small heap: no hang, no memory for a hostile length, no exception but ours with a message. Ends with 1 if any.
# usage: bench/fuzz.sh CASES [SEED [FORMAT]]      for instance: bench/fuzz.sh 1000000 1; findings are kept in target/fuzz
set -euo pipefail
[ $# -ge 1 ] || { sed -n 2,3p "$0" >&2; exit 2; }
cd "$(dirname "$0")/.."
mvn ${MAVEN_OPTIONS:-} -q -B test-compile
mvn ${MAVEN_OPTIONS:-} -q -B dependency:build-classpath -Dmdep.outputFile=target/bench.classpath
exec java --add-modules jdk.incubator.vector -Xmx512m -Djava.awt.headless=true -cp "target/test-classes:target/classes:$(cat target/bench.classpath)" \
    org.equisphere.fuzz.Fuzzer "$@"

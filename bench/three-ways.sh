#!/usr/bin/env bash
# Tests three ways: with the Vector module, without it, and on JDK 25; and with 256-bit lanes and without AVX2. Prints a line for each.
# usage: bench/three-ways.sh [TEST,...]      tests of the tensor and network layers unless named; JDK25 names the second JDK's folder
set -uo pipefail
cd "$(dirname "$0")/.."
tests=${1:-VectorBackendTest,EjmlBackendTest,GradientTest,PassTest,NetworkTest,PyTorchResNetTest,TrainerTest}
jdk25=${JDK25:-/usr/lib/jvm/temurin-25-jdk-amd64}
mvn -q -B test-compile || exit 1
status=0
way() {
    local name=$1; shift
    if out=$("$@" surefire:test -Dtest="$tests" 2>&1); then
        echo "$name: $(grep -ho 'Tests run:[^-]*' target/surefire-reports/*.txt | awk -F'[:,]' '{t += $2; f += $4; e += $6; s += $8} END {print t " tests, " f + e " failed, " s " skipped"}')"
    else
        echo "$name: failed"; echo "$out" | tail -40; status=1
    fi
    rm -f target/surefire-reports/*.txt
}
rm -f target/surefire-reports/*.txt
way "with the Vector module" mvn -q -B
way "without it" mvn -q -B -Dvector.module=
way "with 256-bit lanes" mvn -q -B "-Dvector.module=--add-modules jdk.incubator.vector -XX:UseAVX=2"
way "without AVX2" mvn -q -B "-Dvector.module=--add-modules jdk.incubator.vector -XX:UseAVX=1"
if [ -x "$jdk25/bin/java" ]; then
    way "on $("$jdk25/bin/java" -version 2>&1 | head -n 1)" env JAVA_HOME="$jdk25" mvn -q -B
else
    echo "on JDK 25: not there ($jdk25); say where with JDK25=..."
fi
exit $status

#!/usr/bin/env bash
# Everything to be done on a machine with an NVIDIA card; results go into a folder. Ends with 1 if anything failed, or the card does not open.
#   mvn -q -DskipTests test-compile && bash bench/gpu/run.sh RESULTS
#
# With a JDK and Maven on the machine nothing else is needed, save for the sanitizer. For it, or without them, bring BUNDLE: a folder with jre/
# (a runtime image with jdk.incubator.vector), classes/, test-classes/ and lib/ (the test class path and junit-platform-console-standalone-*.jar), and say
#   BUNDLE=folder bash bench/gpu/run.sh RESULTS
# PARTS chooses among: tests sanitizer roofline peers (default all).
set -uo pipefail
cd "$(dirname "$0")/../.."
results=$(realpath -m "${1:?where shall the results go?}")
mkdir -p "$results"
parts=" ${PARTS:-tests sanitizer roofline peers} "
flags=(--add-modules jdk.incubator.vector -Xmx8g)
if [ -n "${BUNDLE:-}" ]; then
    java=$BUNDLE/jre/bin/java
    chmod +x "$BUNDLE"/jre/bin/* "$BUNDLE"/jre/lib/jspawnhelper 2> /dev/null
    classpath="$BUNDLE/test-classes:$BUNDLE/classes:$(ls "$BUNDLE"/lib/*.jar | grep -v console-standalone | tr '\n' ':')"
    console=$(ls "$BUNDLE"/lib/junit-platform-console-standalone-*.jar)
    test_classes=$BUNDLE/test-classes
else
    java=java
    mvn -o -q dependency:build-classpath -Dmdep.outputFile=target/classpath.txt -DincludeScope=test
    classpath="target/test-classes:target/classes:$(cat target/classpath.txt)"
    console=""
    test_classes=target/test-classes
fi
"$java" -version 2>&1 | grep -qE 'version "(2[4-9]|[3-9][0-9])' && flags+=(--enable-native-access=ALL-UNNAMED)

# Tests tagged gpu; arguments before "--" go before java (a sanitizer), those after it are java's.
gpu_tests() {
    local before=()
    while [ "$1" != -- ]; do before+=("$1"); shift; done
    shift
    if [ -n "$console" ]; then
        "${before[@]}" "$java" "${flags[@]}" "$@" -jar "$console" execute --class-path "$classpath" --scan-class-path "$test_classes" \
            --include-tag gpu --fail-if-no-tests --details tree --disable-banner
    elif [ ${#before[@]} -eq 0 ]; then
        mvn -o -B surefire:test -Dgroups=gpu -DfailIfNoTests=true "$@"
    else
        echo "under a sanitizer the tests need BUNDLE" >&2
        return 1
    fi
}

status=0
# verdict PART EXIT: tells how a part ended, and lets the script end with 1 where that was not 0
verdict() {
    echo "$1: exit $2"
    [ "$2" = 0 ] || status=1
}

# Where the card does not open, the tests tagged gpu are skipped and would pass.
{
    date -u +%F
    nvidia-smi --query-gpu=name,driver_version,clocks.max.sm,memory.total --format=csv,noheader
    "$java" "${flags[@]}" -cp "$classpath" org.equisphere.cli.Main info --backend cuda
} 2>&1 | tee "$results/card.txt" || { echo "the card does not open" >&2; exit 1; }

if [[ $parts == *" tests "* ]]; then
    gpu_tests -- > "$results/tests.txt" 2>&1
    verdict tests $?; tail -n 14 "$results/tests.txt"
    gpu_tests -- -Dequisphere.cuda.cublas=false > "$results/tests-own-products.txt" 2>&1
    verdict "tests with the own matrix products" $?; tail -n 14 "$results/tests-own-products.txt"
fi
if [[ $parts == *" sanitizer "* ]]; then
    for tool in memcheck racecheck; do
        gpu_tests compute-sanitizer --tool "$tool" --error-exitcode 9 -- -Dequisphere.cuda.cublas=false > "$results/$tool.txt" 2>&1
        verdict "$tool" $?; grep -E 'SUMMARY' "$results/$tool.txt" | tail -1
    done
fi
if [[ $parts == *" roofline "* ]]; then
    "$java" "${flags[@]}" -cp "$classpath" org.equisphere.cuda.KernelRoofline 2>&1 | tee "$results/roofline.txt"
    verdict roofline $?
    "$java" "${flags[@]}" -Dequisphere.cuda.cublas=false -cp "$classpath" org.equisphere.cuda.KernelRoofline 2>&1 | tee "$results/roofline-own-products.txt"
    verdict "roofline with the own matrix products" $?
    "$java" "${flags[@]}" -Dequisphere.cuda.cublas=false -Dequisphere.cuda.precision=tf32 -cp "$classpath" org.equisphere.cuda.KernelRoofline matrices resnet 2>&1 |
        tee "$results/roofline-tf32.txt"
    verdict "roofline in TF32" $?
fi
if [[ $parts == *" peers "* ]]; then
    python3 bench/gpu/pytorch_peers.py 2>&1 | tee "$results/pytorch.txt"
    verdict peers $?
fi
exit $status

#!/bin/sh
# Matrix products of libtorch 2.7.1 with MKL beside ours. Usage, from the project's root after `mvn -q -B test-compile`:
#   bench/peers/java/gemm_peers.sh THREADS ROUNDS MxNxK[:ab]... >> bench/results/gemm-peers.jsonl
# The jars are resolved by Maven into the local repository; DJL itself loads nothing from the network.
set -e
here=$(dirname "$0")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mvn -q -B -f "$here/gemm-pom.xml" dependency:build-classpath -Dmdep.outputFile="$out/classpath" > /dev/null
classpath="target/classes:$(cat "$out/classpath")"
javac -nowarn -d "$out" -cp "$classpath" "$here/GemmPeers.java"
# the peer's threads go to sleep at once, so that they do not spin beside ours
DJL_CACHE_DIR="$out" DJL_OFFLINE=true OPT_OUT_TRACKING=true OMP_NUM_THREADS=$1 MKL_NUM_THREADS=$1 KMP_BLOCKTIME=0 OMP_WAIT_POLICY=PASSIVE \
    java -Xmx4g --add-modules jdk.incubator.vector -Dai.djl.offline=true -cp "$out:$classpath" GemmPeers "$@" 2> "$out/err" || { cat "$out/err" >&2; exit 1; }

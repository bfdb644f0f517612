#!/bin/sh
# JGraphT and OR-Tools beside ours, one JSON line a family. Usage, from the project's root after `mvn -q -B test-compile`:
#   bench/peers/java/assignment_peers.sh N ROUNDS SECONDS FAMILY... >> bench/results/assignment-java-peers.jsonl
# A peer that takes longer than SECONDS is stopped (null in its place). The jars are resolved by Maven into the local repository; nothing here is part of the build.
set -e
here=$(dirname "$0")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mvn -q -B -f "$here/pom.xml" dependency:build-classpath -Dmdep.outputFile="$out/classpath" > /dev/null
classpath="target/classes:target/test-classes:$(cat "$out/classpath")"
javac -nowarn -d "$out" -cp "$classpath" "$here/AssignmentPeers.java"
machine=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -1)
n=$1 rounds=$2 seconds=$3
shift 3
for family; do
    java -Xmx6g --add-modules jdk.incubator.vector -cp "$out:$classpath" AssignmentPeers "$n" "$rounds" "$seconds" "$family" 2> "$out/err" > "$out/line" || { cat "$out/err" >&2; exit 1; }
    sed "s/}\$/, \"machine\": \"$machine\", \"cores\": $(nproc), \"date\": \"$(date +%F)\"}/" "$out/line"
done

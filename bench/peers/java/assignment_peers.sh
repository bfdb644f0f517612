#!/bin/sh
# JGraphT and OR-Tools beside ours. Usage, from the project's root after `mvn -q -B test-compile`:
#   bench/peers/java/assignment_peers.sh N ROUNDS FAMILY... >> bench/results/assignment-java-peers.jsonl
# The jars are resolved by Maven into the local repository; nothing here is part of the build.
set -e
here=$(dirname "$0")
out=$(mktemp -d)
trap 'rm -rf "$out"' EXIT
mvn -q -B -f "$here/pom.xml" dependency:build-classpath -Dmdep.outputFile="$out/classpath" > /dev/null
classpath="target/classes:target/test-classes:$(cat "$out/classpath")"
javac -nowarn -d "$out" -cp "$classpath" "$here/AssignmentPeers.java"
java -Xmx4g --add-modules jdk.incubator.vector -cp "$out:$classpath" AssignmentPeers "$@" 2> "$out/err" || { cat "$out/err" >&2; exit 1; }

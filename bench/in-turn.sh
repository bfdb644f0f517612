#!/usr/bin/env bash
# An earlier commit and the working tree, in turn in one JVM: how many times as fast the tree is. See bench/java/org/equisphere/cli/InTurn.java.
# usage: bench/in-turn.sh COMMIT THREADS SECONDS WORK...      for instance: bench/in-turn.sh HEAD~1 1 20 train:resnet20,128,32 product:1024x1024x1024
# A WORK is train:NETWORK,BATCH,SIDE, predict:NETWORK,BATCH,SIDE, product:MxNxK[:t|n] or potential:NxD. JAVA_OPTIONS go to the JVM, JAVA names another.
set -euo pipefail
[ $# -ge 4 ] || { sed -n 2,4p "$0" >&2; exit 2; }
cd "$(dirname "$0")/.."
commit=$(git rev-parse --short "$1^{commit}")
old=target/in-turn/$commit
if [ ! -d "$old/target/classes" ]; then
    rm -rf "$old"
    mkdir -p "$old"
    git archive "$commit" | tar -x -C "$old"
    mvn -q -B -f "$old/pom.xml" process-classes >&2
fi
mvn -q -B test-compile >&2
mvn -q -B dependency:build-classpath -Dmdep.outputFile=target/bench.classpath >&2
# classes, not jars: a changed file must not need packing
shared="$PWD/target/test-classes/:$(cat target/bench.classpath)"
exec "${JAVA:-java}" --add-modules jdk.incubator.vector ${JAVA_OPTIONS:--Xmx3g} -cp target/test-classes org.equisphere.cli.InTurn \
    "$PWD/$old/target/classes/:$shared" "$PWD/target/classes/:$shared" "${@:2}" 2> >(grep -v "incubator" >&2)

#!/bin/sh
# The paper's method in PyTorch and ours, one after the other, on the same machine. Run from the project root after `mvn -q test-compile`.
# PyTorch runs 1000 iterations of every size but the largest, which gets 100: multiply its seconds by 10.
set -e
date -u
grep -m1 "model name" /proc/cpuinfo
nproc
/usr/bin/python3 bench/peers/prototype_peers.py 1000 100,3 100,5 100,10 100,16 100,32 100,84 200,50 200,100
/usr/bin/python3 bench/peers/prototype_peers.py 100 1000,512
java -version 2>&1 | head -1
java --add-modules jdk.incubator.vector -cp "${CLASSES:-target/classes:target/test-classes}" org.equisphere.sphere.PrototypePeers "${SEEDS:-5}" "${LARGEST:-1000}"

#!/bin/sh
# The paper's method in PyTorch and ours, on the same machine. Run from the project root after `mvn -q test-compile`; the machine should have nothing else to do.
# usage: prototype_peers.sh [PART...]; parts, none of them longer than five minutes: small (all sizes to n = 200, both sides, one after the other),
# large-torch (1000 iterations at 1000 x 512), large-ours (1000 x 512, seeds 0 to 4). Default: all three.
set -e
ours() { java --add-modules jdk.incubator.vector -cp "${CLASSES:-target/classes:target/test-classes}" org.equisphere.sphere.PrototypePeers "${SEEDS:-5}" "$@"; }
date -u
grep -m1 "model name" /proc/cpuinfo
nproc
for part in ${@:-small large-torch large-ours}; do
    case $part in
        small)
            /usr/bin/python3 bench/peers/prototype_peers.py 1000 100,3 100,5 100,10 100,16 100,32 100,84 200,50 200,100
            java -version 2>&1 | head -1
            ours 0 200 ;;
        large-torch) /usr/bin/python3 bench/peers/prototype_peers.py 1000 1000,512 ;;
        large-ours) ours 1000 1000 ;;
        *) echo "unknown part: $part; small, large-torch or large-ours" >&2; exit 2 ;;
    esac
done

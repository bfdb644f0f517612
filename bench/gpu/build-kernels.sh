#!/usr/bin/env bash
# Compiles kernels/*.cu to the PTX that the jar ships, beside the sources, and writes the digest that says which sources it was made from.
# For compute_75 (Turing and later). A toolkit stamps its own, newest PTX version, which only its own drivers accept; the kernels use nothing
# that PTX 8.0 lacks, so the stamp is lowered to it: any driver from 525 on takes it. A test proves both, and
# ptxas looks at each at once. nvcc 13's hint of which bytes of a load are used is newer, and taken out.
#   bash bench/gpu/build-kernels.sh            needs nvcc (12.0 or later) on the PATH
#   bash bench/gpu/build-kernels.sh --changed  only if a source has changed since, and nvcc is there: what every Maven build does
set -euo pipefail
cd "$(dirname "$0")/../../kernels"
changed=no
[ "${1:-}" != --changed ] || changed=yes
if [ $changed = yes ] && diff -q <(sha256sum ./*.cu ./*.cuh | sed 's|\./||') kernels.sha256 > /dev/null; then
    exit 0
fi
if ! command -v nvcc > /dev/null; then
    echo "nvcc is not on the PATH; the PTX in kernels/ stays as it is" >&2
    [ $changed = yes ]
    exit
fi
for source in *.cu; do
    arch=$(sed -nE 's|.*nvcc -ptx -arch=(compute_[0-9]+) .*|\1|p' "$source" | head -1)
    nvcc -ptx -arch="${arch:?$source does not say its architecture}" "$source" -o - |
        sed -E 's|^\.version .*|.version 8.0|; /^\/\//d; /^[[:space:]]*$/d; /\.pragma "used_bytes_mask/d; s|^\t||' > "${source%.cu}.ptx"
    ptxas -arch="sm_${arch#compute_}" -o /dev/null "${source%.cu}.ptx"
done
sha256sum ./*.cu ./*.cuh | sed 's|\./||' > kernels.sha256
wc -c ./*.ptx | tail -1

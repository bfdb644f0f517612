#!/usr/bin/env bash
# What the assembler gives every shipped kernel on three generations: registers, bytes spilled, bytes of shared memory.
#   bash bench/gpu/ptxas-report.sh > bench/gpu/ptxas.txt       needs ptxas (from a CUDA toolkit) on the PATH
set -euo pipefail
cd "$(dirname "$0")/../../kernels"
ptxas --version | tail -2 | head -1
printf '%-26s %7s %9s %9s %8s\n' kernel target registers spilled shared
for ptx in *.ptx; do
    least=$(sed -nE 's/^\.target sm_([0-9]+)$/\1/p' "$ptx")
    for target in 75 80 90; do
        [ "$target" -ge "$least" ] || continue
        ptxas -v -arch=sm_"$target" "$ptx" -o /dev/null 2>&1 | awk -v target="sm_$target" '
            /Compiling entry function/ { match($0, /\x27[^\x27]+\x27/); kernel = substr($0, RSTART + 1, RLENGTH - 2) }
            /spill stores/ { for (i = 1; i <= NF; i++) if ($(i + 2) == "spill" && $(i + 3) ~ /stores/) spilled = $i }
            /Used [0-9]+ registers/ {
                for (i = 1; i <= NF; i++) if ($i == "registers,") registers = $(i - 1)
                shared = 0
                for (i = 1; i <= NF; i++) if ($i ~ /^smem,?$/) shared = $(i - 2)
                printf "%-26s %7s %9d %9d %8d\n", kernel, target, registers, spilled, shared
            }'
    done
done | sort

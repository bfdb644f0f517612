#!/usr/bin/env bash
# Dynamic beside static assignment beside parametric softmax, same network, seed and budget, one run after the other.
# AdamW does not mind whether a loss is a sum or a mean, so one rate suits all three heads.
# usage: heads.sh DATA NETWORK EPOCHS "DIMS" OUT [more train options, for instance --no-flip]
#   heads.sh cifar100:cifar-100-binary.tar.gz resnet8 5 "10 25" runs/heads
# Writes OUT/<head>-d<dim>/ for each run and OUT/heads.csv: head, dim, epochs, top1, top5, images_per_s.
set -euo pipefail
[ $# -ge 5 ] || { sed -n 2,6p "$0" >&2; exit 2; }
data=$1 network=$2 epochs=$3 dims=$4 out=$5
shift 5
jar=${EQUISPHERE_JAR:-$(dirname "$0")/../../target/equisphere-cli.jar}
mkdir -p "$out"
[ -f "$out/heads.csv" ] || echo "data,network,head,dim,epochs,seed,top1,top5,images_per_s" > "$out/heads.csv"
for dim in $dims; do
    for head in dynamic static softmax; do
        run="$out/$head-d$dim"
        grep -qF "${data%%:*},\"$network\",$head,$dim,$epochs,0," "$out/heads.csv" && continue # a killed run may have left its model, but no row
        rm -rf "$run"
        java -jar "$jar" train --json --data "$data" --network "$network" --dim "$dim" --head "$head" --epochs "$epochs" --seed 0 \
            --optimizer adamw --lr 0.003 --weight-decay 0.01 --schedule onecycle --out "$run" "$@" > "$out/$head-d$dim.json"
        python3 - "$out/$head-d$dim.json" "$data" "$network" "$head" "$dim" "$epochs" >> "$out/heads.csv" <<'PY'
import json, os, sys
file, data, network, head, dim, epochs = sys.argv[1:]
r = json.load(open(file))
print(f"{data.split(':')[0]},\"{network}\",{head},{dim},{epochs},0,{r['top1']:.4f},{r['top5']:.4f},{r['images_per_s']:.0f}")
PY
    done
done
cat "$out/heads.csv"

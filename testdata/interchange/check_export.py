#!/usr/bin/env python3
"""Loads an exported resnet8 in PyTorch and compares its scores with ours.

equisphere train --data synthetic --network resnet8 --dim 10 --epochs 1 --tensorboard --out run
equisphere export --model run/model.eqs --to run/m.safetensors
equisphere predict --model run/model.eqs --input x.npy --top 100 --json > run/scores.json      (x.npy: [n, 32, 32, 3] in 0..1)
python3 check_export.py run/m.safetensors x.npy run/scores.json
"""
import json
import sys
import numpy as np
import torch
from safetensors import safe_open
from make_interchange import ResNet8

with safe_open(sys.argv[1], "np") as f:
    state = {k: torch.from_numpy(f.get_tensor(k)) for k in f.keys()}
    meta = f.metadata()
classes, d = state["prototypes"].shape
net = ResNet8(d, classes).eval()
print("load_state_dict, strict:", net.load_state_dict(state, strict=True))
x = (np.load(sys.argv[2]) - json.loads(meta["mean"])) / json.loads(meta["deviation"])
with torch.no_grad():
    theirs = net(torch.from_numpy(x).float().permute(0, 3, 1, 2)).numpy()
ours = np.zeros_like(theirs)
for row in json.load(open(sys.argv[3]))["predictions"]:
    for p in row["top"]:
        ours[row["index"], p["label"]] = p["score"]
print("scores", ours.shape, "largest difference", np.abs(ours - theirs).max())
assert np.abs(ours - theirs).max() < 1e-4 and ours.std() > 0.01

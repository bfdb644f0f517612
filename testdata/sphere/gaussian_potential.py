"""PyTorch's uniformity loss and its gradient through a row normalisation, for GaussianPotentialTest.

Run from this folder: python3 gaussian_potential.py
"""
import json
import math

import torch
import torch.nn.functional as F

cases = []
for n, d, t, seed in [(2, 3, 2.0, 1), (7, 2, 2.0, 2), (13, 5, 0.5, 3), (21, 17, 2.0, 4), (30, 8, 40.0, 5)]:
    torch.manual_seed(seed)
    w = F.normalize(torch.randn(n, d, dtype=torch.float64))
    w.requires_grad_(True)
    loss = torch.pdist(F.normalize(w)).pow(2).mul(-t).exp().mean().log()
    loss.backward()
    cases.append({"n": n, "d": d, "t": t, "rows": w.detach().flatten().tolist(), "value": loss.item(),
                  "gradient": w.grad.flatten().tolist()})
with open("gaussian_potential.json", "w") as f:
    json.dump({"format": "equisphere gaussian potential 1", "torch": torch.__version__, "cases": cases}, f, indent=1)

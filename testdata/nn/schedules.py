#!/usr/bin/env python3
"""Writes schedules.json: learning rates from PyTorch's schedulers. Run in this folder: python3 schedules.py"""
import torch
from draws import write_json
from torch.optim import lr_scheduler as s


def rates(make, steps, peak):
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=peak)
    scheduler, found = make(optimizer), []
    for _ in range(steps):
        found.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return found


write_json("schedules.json", "schedules.py, torch " + torch.__version__, {
    "multiStep": {"peak": 0.3, "milestones": [7, 12, 13], "factor": 0.2,
                  "rates": rates(lambda o: s.MultiStepLR(o, [7, 12, 13], 0.2), 20, 0.3)},
    "cosine": {"peak": 0.3, "epochs": 37, "rates": rates(lambda o: s.CosineAnnealingLR(o, 37), 38, 0.3)},
    "oneCycle": {"peak": 0.3, "steps": 200, "rates": rates(lambda o: s.OneCycleLR(o, 0.3, total_steps=200), 200, 0.3)},
    # PyTorch's warm-up must start above 0
    "warmUp": {"peak": 0.3, "epochs": 6, "rates": rates(lambda o: s.LinearLR(o, 1e-14, total_iters=6), 10, 0.3)},
})

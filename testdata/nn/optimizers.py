#!/usr/bin/env python3
"""Writes optimizers.json: trajectories of SGD and AdamW in double from PyTorch. Run in this folder: python3 optimizers.py"""
import torch
from draws import draws, write_json

SIZE, STEPS = 7, 12


def trajectory(make):
    w = torch.tensor(draws(1, SIZE)).requires_grad_()
    optimizer, found = make([w]), []
    for step in range(STEPS):
        optimizer.param_groups[0]["lr"] = 0.1 / (1 + step)
        w.grad = torch.tensor(draws(2 + step, SIZE)) + w.detach()
        optimizer.step()
        found.append(w.tolist())
    return found


def sgd(momentum, decay, nesterov):
    return {"momentum": momentum, "decay": decay, "nesterov": nesterov, "weights": trajectory(
        lambda p: torch.optim.SGD(p, 0.1, momentum=momentum, weight_decay=decay, nesterov=nesterov))}


def adamw(beta1, beta2, epsilon, decay):
    return {"beta1": beta1, "beta2": beta2, "epsilon": epsilon, "decay": decay, "weights": trajectory(
        lambda p: torch.optim.AdamW(p, 0.1, (beta1, beta2), epsilon, decay))}


write_json("optimizers.json", "optimizers.py, torch " + torch.__version__, {
    "sgd": [sgd(0, 0, False), sgd(0.9, 0, False), sgd(0.9, 0.05, False), sgd(0.8, 0.05, True)],
    "adamw": [adamw(0.9, 0.999, 1e-8, 0), adamw(0.8, 0.99, 1e-3, 0.1)],
})

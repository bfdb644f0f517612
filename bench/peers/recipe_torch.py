#!/usr/bin/env python3
"""The recipe of `equisphere train --network resnet8 --dim 10 --head dynamic` (AdamW, one cycle, crop and flip) in PyTorch, on the same examples.

usage: recipe_torch.py FOLDER SEED [--epochs 4] [--batch 32] [--dim 10] [--depth 8] [--head dynamic|static] [--loss cosine|tempered] [--threads 1]
FOLDER holds train_x.npy, train_y.npy, judges_x.npy, judges_y.npy: `bench/experiments/sweep.sh GRID DATA FOLDER` writes them.
Written from the paper and PyTorch's own parts: prototypes, averages and matching here share no code and no random numbers with ours, so that equal
accuracy within the spread over seeds says that both do the same thing. Prints one JSON object.   (apt-get install python3-torch python3-scipy)
"""
import argparse
import json
import math
import pathlib
import time

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import nn
from torch.nn import functional as F

from step_torch import resnet


def spread(classes, dimension):
    """Prototypes of the least Gaussian potential at t = 2, by Adam on the sphere's points."""
    w = torch.randn(classes, dimension, requires_grad=True)
    adam = torch.optim.Adam([w], 0.05)
    off = ~torch.eye(classes, dtype=torch.bool)
    for step in range(1500):
        for group in adam.param_groups:
            group["lr"] = 0.05 * (1 - step / 1500)
        u = F.normalize(w)
        adam.zero_grad()
        torch.logsumexp((-2 * (2 - 2 * u @ u.T))[off], 0).backward()
        adam.step()
    return F.normalize(w).detach()


def cycle(peak, done):
    def anneal(a, b, t):
        return b + (a - b) * 0.5 * (1 + math.cos(math.pi * t))
    return anneal(peak / 25, peak, done / 0.3) if done < 0.3 else anneal(peak, peak / 250_000, (done - 0.3) / 0.7)


def crop_and_flip(pixels, black):
    """pixels [b, 3, 32, 32], normalised; what comes from outside is black."""
    b = len(pixels)
    padded = black.expand(b, 3, 40, 40).clone()
    padded[:, :, 4:36, 4:36] = pixels
    out = torch.empty_like(pixels)
    for i, (y, x, flip) in enumerate(zip(np.random.randint(0, 9, b), np.random.randint(0, 9, b), np.random.rand(b) < 0.5)):
        one = padded[i, :, y:y + 32, x:x + 32]
        out[i] = one.flip(2) if flip else one
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("seed", type=int)
    for name, value in (("epochs", 4), ("batch", 32), ("dim", 10), ("depth", 8), ("threads", 1)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--head", choices=("dynamic", "static"), default="dynamic")
    parser.add_argument("--loss", choices=("cosine", "tempered"), default="cosine")
    a = parser.parse_args()
    torch.set_num_threads(a.threads)
    torch.manual_seed(a.seed)
    np.random.seed(a.seed)

    def part(name):
        x = torch.from_numpy(np.load(a.folder / f"{name}_x.npy")).reshape(-1, 32, 32, 3).permute(0, 3, 1, 2).contiguous()
        return x, torch.from_numpy(np.load(a.folder / f"{name}_y.npy").astype(np.int64)).reshape(-1)

    (x, y), (judges_x, judges_y) = part("train"), part("judges")
    mean, std = x.mean((0, 2, 3)).view(1, 3, 1, 1), x.std((0, 2, 3)).view(1, 3, 1, 1)
    x, judges_x, black = (x - mean) / std, (judges_x - mean) / std, -mean / std
    classes = int(y.max()) + 1
    prototypes = spread(classes, a.dim)
    of_label = torch.randperm(classes)
    z, seen = F.normalize(torch.randn(classes, a.dim)), torch.zeros(classes, dtype=torch.bool)
    net = resnet(a.depth, a.dim)
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_in", nonlinearity="relu")
    optimizer = torch.optim.AdamW(net.parameters(), 0.003, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.01)
    steps, moved, trained_seconds = len(x) // a.batch, [], 0.0
    for epoch in range(a.epochs):
        net.train()
        start = time.perf_counter()
        order = torch.randperm(len(x))
        for step in range(steps):
            chosen = order[step * a.batch:(step + 1) * a.batch]
            for group in optimizer.param_groups:
                group["lr"] = cycle(0.003, (epoch + step / steps) / a.epochs)
            f, labels = net(crop_and_flip(x[chosen], black)), y[chosen]
            if a.loss == "cosine":
                loss = (1 - F.cosine_similarity(f, prototypes[of_label[labels]])).square().sum()
            else:
                loss = F.cross_entropy(F.normalize(f) @ prototypes[of_label].T / 0.07, labels)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            unit = F.normalize(f.detach())
            for c in labels.unique():
                m = F.normalize(unit[labels == c].mean(0), dim=0)
                z[c] = F.normalize(0.9 * z[c] + 0.1 * m, dim=0) if seen[c] else m
                seen[c] = True
        trained_seconds += time.perf_counter() - start
        if a.head == "dynamic" and epoch + 1 < a.epochs:
            best = torch.from_numpy(linear_sum_assignment((z @ prototypes.T).numpy(), maximize=True)[1])
            moved.append(int((best != of_label).sum()))
            of_label = best
    net.eval()
    with torch.no_grad():
        right = sum(int(((net(judges_x[i:i + 500]) @ prototypes[of_label].T).argmax(1) == judges_y[i:i + 500]).sum()) for i in range(0, len(judges_x), 500))
    print(json.dumps({"framework": f"torch {torch.__version__}", "head": a.head, "loss": a.loss, "d": a.dim, "depth": a.depth, "epochs": a.epochs, "batch": a.batch,
                      "seed": a.seed, "train_examples": len(x), "examples": len(judges_x), "top1": right / len(judges_x), "labels_moved": moved,
                      "images_per_s": a.epochs * steps * a.batch / trained_seconds}))


if __name__ == "__main__":
    main()

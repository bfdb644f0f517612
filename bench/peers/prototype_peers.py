#!/usr/bin/env python3
"""The paper's prototype optimisation in PyTorch: plain SGD, learning rate 0.1, 1000 iterations of the uniformity loss at t = 2.

Written from the method's description: rows drawn from uniform(-1, 1), the stored matrix un-normalised, normalised in the loss, all
prototypes in each step. Prints CSV: n, d, seed, seconds of the 1000 iterations alone, uniformity loss, largest cosine, mean of largest cosines.

Arguments: ITERATIONS (default 1000), then n,d pairs (default: the published sizes).
"""
import sys
import time

import torch
import torch.nn.functional as F

iterations = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
sizes = sys.argv[2:] or ["100,3", "100,5", "100,10", "100,16", "100,32", "100,84", "200,50", "200,100", "1000,512"]


def loss_of(w):
    return torch.pdist(F.normalize(w)).pow(2).mul(-2).exp().mean().log()


def run(n, d, seed):
    torch.manual_seed(seed)
    w = F.normalize(torch.empty(n, d).uniform_(-1, 1)).requires_grad_(True)
    optimizer = torch.optim.SGD([w], lr=0.1)
    start = time.perf_counter()
    for _ in range(iterations):
        optimizer.zero_grad()
        loss_of(w).backward()
        optimizer.step()
    seconds = time.perf_counter() - start
    with torch.no_grad():
        unit = F.normalize(w.double())
        cosines = unit @ unit.T - 3 * torch.eye(n, dtype=torch.float64)
        nearest = cosines.max(1).values
        return seconds, loss_of(w.double()).item(), nearest.max().item(), nearest.mean().item()


print("n,d,seed,seconds,uniformity,max_cos,mean_max_cos,torch_%s_threads_%d" % (torch.__version__, torch.get_num_threads()))
for size in sizes:
    n, d = map(int, size.split(","))
    for seed in range(1 if n >= 1000 else 2):
        print("%d,%d,%d,%.4f,%.6f,%.5f,%.5f" % ((n, d, seed) + run(n, d, seed)), flush=True)

#!/usr/bin/env python3
"""PyTorch on the work of `equisphere bench`: the same network, batch, loss and optimiser. Prints one JSON object of the same fields.

usage: step_torch.py DEPTH BATCH THREADS SECONDS [SIDE]      (apt-get install python3-torch)
Depths 18, 34, 50, 101 and 152 are the networks for large images (7x7 stem, max pooling, projections of 1x1), the others those for 32x32.
"""
import json
import resource
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F


LARGE = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3), 50: (3, 4, 6, 3), 101: (3, 4, 23, 3), 152: (3, 8, 36, 3)}


def conv_norm(channels_in, channels_out, stride, kernel=3):
    return nn.Sequential(nn.Conv2d(channels_in, channels_out, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(channels_out))


class Residual(nn.Module):
    def __init__(self, channels_in, channels_out, stride):
        super().__init__()
        self.first = conv_norm(channels_in, channels_out, stride)
        self.second = conv_norm(channels_out, channels_out, 1)
        changes = stride != 1 or channels_in != channels_out
        self.around = conv_norm(channels_in, channels_out, stride) if changes else nn.Identity()

    def forward(self, x):
        return F.relu(self.second(F.relu(self.first(x))) + self.around(x))


def resnet(depth, dimension):
    layers, channels = [conv_norm(3, 16, 1), nn.ReLU()], 16
    for stage in range(3):
        for block in range((depth - 2) // 6):
            layers.append(Residual(channels, 16 << stage, 2 if stage and not block else 1))
            channels = 16 << stage
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, dimension))


class LargeResidual(nn.Module):
    def __init__(self, channels_in, width, stride, bottleneck):
        super().__init__()
        out = 4 * width if bottleneck else width
        if bottleneck:
            parts = [conv_norm(channels_in, width, 1, 1), nn.ReLU(), conv_norm(width, width, stride), nn.ReLU(), conv_norm(width, out, 1, 1)]
        else:
            parts = [conv_norm(channels_in, width, stride), nn.ReLU(), conv_norm(width, out, 1)]
        self.body = nn.Sequential(*parts)
        self.around = conv_norm(channels_in, out, stride, 1) if stride != 1 or channels_in != out else nn.Identity()

    def forward(self, x):
        return F.relu(self.body(x) + self.around(x))


def large_resnet(depth, dimension):
    bottleneck = depth >= 50
    layers, channels = [conv_norm(3, 64, 2, 7), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for stage, blocks in enumerate(LARGE[depth]):
        for block in range(blocks):
            layers.append(LargeResidual(channels, 64 << stage, 2 if stage and not block else 1, bottleneck))
            channels = (64 << stage) * (4 if bottleneck else 1)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(channels, dimension))


def median_seconds(work, seconds):
    for _ in range(2):
        times, end = [], time.perf_counter() + seconds
        while len(times) < 3 or time.perf_counter() < end:
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
    return sorted(times)[len(times) // 2]


def main(depth, batch, threads, seconds, side=32):
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    net, images = (large_resnet if depth in LARGE else resnet)(depth, 50), torch.randn(batch, 3, side, side)
    targets = F.normalize(torch.randn(100, 50))[torch.arange(batch) % 100]
    sgd = torch.optim.SGD(net.parameters(), 1e-4, momentum=0.9, weight_decay=1e-4)

    def step():
        sgd.zero_grad()
        (1 - F.cosine_similarity(net(images), targets)).square().sum().backward()
        sgd.step()

    train = batch / median_seconds(step, seconds)
    net.eval()
    with torch.no_grad():
        infer = batch / median_seconds(lambda: net(images), seconds)
        one = 1000 * median_seconds(lambda: net(images[:1]), seconds)
        gemm = {}
        for n in (256, 1024, 2048):
            a, b = torch.randn(n, n), torch.randn(n, n)
            gemm[str(n)] = 2 * n ** 3 / median_seconds(lambda: a @ b, seconds) / 1e9
    print(json.dumps({"backend": f"torch {torch.__version__}", "network": f"resnet{depth}", "side": side, "batch": batch, "threads": threads,
                      "train_images_per_s": train, "infer_images_per_s": infer, "infer_one_image_ms": one, "gemm_gflops": gemm,
                      "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))


if __name__ == "__main__":
    main(*map(int, sys.argv[1:4]), float(sys.argv[4]), *map(int, sys.argv[5:6]))

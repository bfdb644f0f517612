#!/usr/bin/env python3
"""PyTorch on the same card and the same work as KernelRoofline: bandwidth, matrix products, a ResNet-32 training step, prototypes.

    python3 bench/gpu/pytorch_peers.py [eager] [channels_last] [compile] [prototypes]      all if none is named; needs torch with CUDA

Times by CUDA events after a warm-up, medians. One line a measurement, so that it can be set beside KernelRoofline's.
"""
import statistics
import sys

import torch
from torch import nn
from torch.nn import functional


def median_seconds(work, repeats=20, inner=1):
    for _ in range(5):
        work()
    torch.cuda.synchronize()
    seconds = []
    for _ in range(repeats):
        begin, end = torch.cuda.Event(enable_timing=True), torch.cuda.Event(enable_timing=True)
        begin.record()
        for _ in range(inner):
            work()
        end.record()
        end.synchronize()
        seconds.append(begin.elapsed_time(end) * 1e-3 / inner)
    return statistics.median(seconds)


def report(name, seconds, extra=""):
    print(f"{name:<52} {seconds * 1e6:12.1f} microseconds {extra}", flush=True)


class Block(nn.Module):
    """Two 3x3 convolutions and the parameter-free shortcut (He et al. 2016, option A)."""

    def __init__(self, before, channels, stride):
        super().__init__()
        self.first = nn.Conv2d(before, channels, 3, stride, 1, bias=False)
        self.second = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.norm1, self.norm2 = nn.BatchNorm2d(channels), nn.BatchNorm2d(channels)
        self.stride, self.pad = stride, (channels - before) // 2

    def forward(self, x):
        y = functional.relu(self.norm1(self.first(x)))
        y = self.norm2(self.second(y))
        if self.stride > 1:
            x = functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.pad, self.pad))
        return functional.relu(y + x)


def resnet32(dimension):
    layers, before = [nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()], 16
    for stage, channels in enumerate((16, 32, 64)):
        for block in range(5):
            layers.append(Block(before, channels, 2 if stage > 0 and block == 0 else 1))
            before = channels
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, dimension, bias=False))


def training(batch, mode):
    torch.manual_seed(1)
    network = resnet32(64).cuda()
    images = torch.randn(batch, 3, 32, 32, device="cuda")
    if mode != "eager":
        network, images = network.to(memory_format=torch.channels_last), images.to(memory_format=torch.channels_last)
    targets = functional.normalize(torch.randn(batch, 64, device="cuda"))
    optimizer = torch.optim.SGD(network.parameters(), 0.1, momentum=0.9, weight_decay=1e-4, fused=True)

    def loss_of(x):
        return ((1 - functional.cosine_similarity(network(x), targets)) ** 2).mean()

    # torch.compile's reduce-overhead mode records CUDA graphs.
    loss = torch.compile(loss_of, mode="reduce-overhead") if mode == "compile" else loss_of

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(images).backward()
        optimizer.step()

    return median_seconds(step, 50)


def potential(n, d):
    torch.manual_seed(1)
    w = functional.normalize(torch.randn(n, d, device="cuda"))

    def work():
        total = torch.zeros((), device="cuda", dtype=torch.float64)
        pulled = torch.zeros_like(w)
        sums = torch.zeros(n, 1, device="cuda")
        for first in range(0, n, 8192):
            e = torch.exp(-2 * (2 - 2 * w[first:first + 8192] @ w.T).clamp_(min=0))
            e[torch.arange(e.shape[0]), torch.arange(first, first + e.shape[0])] = 0
            sums[first:first + 8192] = e.sum(1, keepdim=True)
            pulled[first:first + 8192] = e @ w
            total += e.sum(dtype=torch.float64)
        return total, sums * w - pulled

    return median_seconds(work, 3 if n > 50000 else 10)


def main(parts):
    if not torch.cuda.is_available():
        sys.exit("torch finds no GPU")
    print(torch.cuda.get_device_name(), "torch", torch.__version__, "cuda", torch.version.cuda)
    x, y = torch.randn(1 << 26, device="cuda"), torch.empty(1 << 26, device="cuda")
    seconds = median_seconds(lambda: y.copy_(x), inner=10)
    report("copy 2^26", seconds, f"{8 * 2**26 / seconds * 1e-9:9.0f} GB/s")
    a, b = torch.randn(4096, 4096, device="cuda"), torch.randn(4096, 4096, device="cuda")
    for tf32 in (False, True):
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = tf32
        precision = "tf32" if tf32 else "fp32"
        seconds = median_seconds(lambda: a @ b, inner=10)
        report(f"gemm 4096^3 {precision}", seconds, f"{2 * 4096**3 / seconds * 1e-12:9.2f} TFLOP/s")
        for mode in ("eager", "channels_last", "compile"):
            for batch in (128, 1024) if mode in parts else ():
                seconds = training(batch, mode)
                report(f"ResNet-32 step, batch {batch}, {mode}, {precision}", seconds, f"{batch / seconds:9.0f} images/s")
        for n in (1000, 10000, 100000) if "prototypes" in parts else ():
            report(f"Gaussian potential and gradient {n} x 512, {precision}", potential(n, 512))


if __name__ == "__main__":
    main(sys.argv[1:] or ["eager", "channels_last", "compile", "prototypes"])

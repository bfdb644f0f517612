#!/usr/bin/env python3
"""How hard is the built-in synthetic set?  A linear model of the pixels against ResNet-8, both from Debian's packages.

    java -cp target/classes:target/test-classes org.equisphere.data.SyntheticExport 0 100 20 FOLDER
    python3 bench/peers/synthetic_hardness.py FOLDER [epochs]

Wanted: the linear model below 15 % (chance is 1 %), ResNet-8 after 10 to 15 epochs between 50 and 85 %.
"""
import sys
import time
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

folder = sys.argv[1]
epochs = int(sys.argv[2]) if len(sys.argv) > 2 else 12
x, y, tx, ty = (np.load(f"{folder}/{n}.npy") for n in ("train_x", "train_y", "test_x", "test_y"))
mean, std = x.mean(0), x.std(0) + 1e-3


def linear():
    """Multinomial logistic regression; the best of several strengths of weight decay, which flatters it."""
    from sklearn.linear_model import LogisticRegression

    a, b = (x - mean) / std, (tx - mean) / std
    # The 256 leading principal components, in float32, so that it ends in seconds.
    _, v = np.linalg.eigh(a.T @ a)
    v = v[:, -256:]
    best = 0
    warnings.simplefilter("ignore")
    for c in (1e-4, 1e-3, 1e-2):
        model = LogisticRegression(C=c, max_iter=60).fit(a @ v, y)
        best = max(best, model.score(b @ v, ty))
    return best


class Block(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.a, self.n = nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o)
        self.b, self.m = nn.Conv2d(o, o, 3, 1, 1, bias=False), nn.BatchNorm2d(o)
        self.s = nn.Sequential() if stride == 1 and i == o else nn.Sequential(
            nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o))

    def forward(self, t):
        return F.relu(self.m(self.b(F.relu(self.n(self.a(t))))) + self.s(t))


def resnet8(classes=100):
    return nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), Block(16, 16, 1), Block(16, 32, 2),
                         Block(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, classes))


def augment(t):
    """Pad-4 crop and mirror."""
    p = F.pad(t, (4, 4, 4, 4))
    out = torch.empty_like(t)
    for i in range(len(t)):
        dy, dx = np.random.randint(0, 9, 2)
        out[i] = p[i, :, dy:dy + 32, dx:dx + 32]
        if np.random.rand() < 0.5:
            out[i] = out[i].flip(2)
    return out


def network():
    torch.manual_seed(0)
    np.random.seed(0)
    a, b = (torch.from_numpy(v.reshape(-1, 32, 32, 3).transpose(0, 3, 1, 2).copy()) for v in (x, tx))
    m, s = a.mean((0, 2, 3), keepdim=True), a.std((0, 2, 3), keepdim=True)
    a, b, la, lb = (a - m) / s, (b - m) / s, torch.from_numpy(y).long(), torch.from_numpy(ty).long()
    net, steps = resnet8(), epochs * (len(a) // 128)
    opt = torch.optim.SGD(net.parameters(), 0.1, 0.9, weight_decay=5e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(opt, 0.2, total_steps=steps)
    for epoch in range(epochs):
        net.train()
        order, total, began = torch.randperm(len(a)), 0.0, time.time()
        for k in range(len(a) // 128):
            batch = order[k * 128:(k + 1) * 128]
            loss = F.cross_entropy(net(augment(a[batch])), la[batch])
            opt.zero_grad()
            loss.backward()
            opt.step()
            schedule.step()
            total += loss.item()
        net.eval()
        with torch.no_grad():
            p = torch.cat([net(t) for t in b.split(500)]).argmax(1)
        print(f"epoch {epoch + 1}: loss {total / (len(a) // 128):.3f} top-1 {(p == lb).float().mean():.4f} "
              f"family {(p // 5 == lb // 5).float().mean():.4f} {time.time() - began:.1f} s", flush=True)


if "--network-only" not in sys.argv:
    print(f"linear top-1 {linear():.4f}", flush=True)
network()

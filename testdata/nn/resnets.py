#!/usr/bin/env python3
"""Writes resnets.json and resnet8.npy: three training steps of small residual networks in double, from PyTorch.

Parameters, statistics, inputs and prototypes are drawn (draws.py) in PyTorch's layouts and rounded to float32. For every network: losses of the
steps, first output, gradients of the first step, movement of the parameters over the steps, statistics, and the evaluation-mode output
at the end. Tensors are kept as their norm and their inner product with drawn numbers; for the first network whole, in resnet8.npy:
[2, parameters], gradients and then movements, in PyTorch's order and layouts. Run in this folder: python3 resnets.py
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from draws import draws, write_json

STEPS, RATE, MOMENTUM, DECAY, CLASSES = 3, 0.01, 0.9, 1e-4, 7


class Block(nn.Module):
    def __init__(self, cin, cout, stride, shortcut):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        self.stride, self.pad, self.downsample = stride, (cout - cin) // 2, None
        if cin != cout and shortcut != "free":
            k = 3 if shortcut == "3x3" else 1
            self.downsample = nn.Sequential(nn.Conv2d(cin, cout, k, stride, k // 2, bias=False), nn.BatchNorm2d(cout))

    def around(self, x):
        if self.downsample is not None:
            return self.downsample(x)
        return F.pad(x[:, :, ::self.stride, ::self.stride], (0, 0, 0, 0, self.pad, self.pad))

    def forward(self, x):
        return F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))) + self.around(x))


class ResNet(nn.Module):
    def __init__(self, depth, shortcut, outputs):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        cin = 16
        for stage, (cout, stride) in enumerate(((16, 1), (32, 2), (64, 2)), 1):
            blocks = []
            for k in range((depth - 2) // 6):
                blocks.append(Block(cin, cout, stride if k == 0 else 1, shortcut))
                cin = cout
            setattr(self, f"layer{stage}", nn.Sequential(*blocks))
        self.fc = nn.Linear(64, outputs)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3)))


def start(name, shape):
    """How draws become a tensor: scale and shift."""
    if name.endswith("running_var"):
        return 0.5, 1.0
    if name.endswith("running_mean"):
        return 0.1, 0.0
    if name.startswith("fc."):
        return 0.125, 0.0
    if len(shape) == 4:
        return float(np.sqrt(6.0 / (shape[0] * shape[2] * shape[3]))), 0.0
    return (0.2, 1.0) if name.endswith("weight") else (0.1, 0.0)


def drawn(stream, shape, scale=1.0, shift=0.0):
    values = (draws(stream, int(np.prod(shape))) * scale + shift).astype(np.float32)
    return torch.from_numpy(values.astype(np.float64).reshape(shape))


def summary(stream, x):
    flat = x.detach().numpy().flatten()
    return {"norm": float(np.linalg.norm(flat)), "product": float(flat @ draws(stream, flat.size))}


def case(depth, shortcut, batch, height, width, outputs, whole=None):
    torch.set_default_dtype(torch.float64)
    net = ResNet(depth, shortcut, outputs)
    state = [(n, t) for n, t in net.state_dict().items() if not n.endswith("num_batches_tracked")]
    with torch.no_grad():
        for i, (name, tensor) in enumerate(state):
            tensor.copy_(drawn(100 + i, tensor.shape, *start(name, tensor.shape)))
    x = drawn(1, (batch, 3, height, width))
    prototypes = F.normalize(drawn(2, (CLASSES, outputs))).float().double()
    labels = torch.arange(batch) * 3 % CLASSES
    before = {n: p.detach().clone() for n, p in net.named_parameters()}
    optimizer = torch.optim.SGD(net.parameters(), RATE, momentum=MOMENTUM, weight_decay=DECAY)
    losses, first = [], None
    for _ in range(STEPS):
        output = net(x)
        loss = (1 - F.cosine_similarity(output, prototypes[labels])).pow(2).sum()
        optimizer.zero_grad()
        loss.backward()
        losses.append(loss.item())
        first = first or (output.flatten().tolist(), {n: p.grad.clone() for n, p in net.named_parameters()})
        optimizer.step()
    moved = {n: p.detach() - before[n] for n, p in net.named_parameters()}
    if whole:
        flat = [torch.cat([t.flatten() for t in group.values()]).numpy() for group in (first[1], moved)]
        np.save(whole, np.stack(flat).astype(np.float32))
    learned = [n for n, _ in net.named_parameters()]
    return {
        "depth": depth, "shortcut": shortcut, "batch": batch, "height": height, "width": width, "outputs": outputs,
        "classes": CLASSES, "labels": labels.tolist(), "prototypes": prototypes.flatten().tolist(),
        "rate": RATE, "momentum": MOMENTUM, "decay": DECAY, "losses": losses, "output": first[0],
        "evaluation": net.eval()(x).flatten().tolist(),
        "tensors": [{"name": n, "shape": list(t.shape), "scale": start(n, t.shape)[0], "shift": start(n, t.shape)[1], "stream": 100 + i}
                    | ({"gradient": summary(500, first[1][n]), "movement": summary(500, moved[n])} if n in learned
                       else {"statistic": t.flatten().tolist()})
                    for i, (n, t) in enumerate(state)],
    }


write_json("resnets.json", "resnets.py, torch " + torch.__version__, {"cases": [
    case(8, "3x3", 4, 32, 32, 10, "resnet8.npy"),
    case(20, "3x3", 5, 13, 9, 6),
    case(8, "1x1", 3, 10, 15, 3),
    case(8, "free", 3, 15, 10, 3),
]})

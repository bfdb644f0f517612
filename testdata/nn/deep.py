#!/usr/bin/env python3
"""Writes deep.json: what ImageNet's residual networks and Swin transformers give in evaluation mode, in double, from PyTorch.

The networks follow He et al. 2016 (stride on the 3x3 convolution, as torchvision has it) and Liu et al. 2021, under torchvision's parameter names; torchvision
itself is not needed. A tensor's numbers are drawn (draws.py) from the stream that the CRC-32 of its name gives, so that the file holds only outputs.
Run in this folder: python3 deep.py
"""
import zlib
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from draws import draws, write_json


class Basic(nn.Module):
    def __init__(self, cin, channels, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        self.downsample = around(cin, channels, stride)

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (self.downsample(x) if self.downsample else x))


class Bottleneck(nn.Module):
    def __init__(self, cin, channels, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, channels, 1, bias=False), nn.BatchNorm2d(channels)
        self.conv2, self.bn2 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False), nn.BatchNorm2d(channels)
        self.conv3, self.bn3 = nn.Conv2d(channels, 4 * channels, 1, bias=False), nn.BatchNorm2d(4 * channels)
        self.downsample = around(cin, 4 * channels, stride)

    def forward(self, x):
        y = F.relu(self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x))))))
        return F.relu(self.bn3(self.conv3(y)) + (self.downsample(x) if self.downsample else x))


def around(cin, cout, stride):
    if stride == 1 and cin == cout:
        return None
    return nn.Sequential(nn.Conv2d(cin, cout, 1, stride, bias=False), nn.BatchNorm2d(cout))


class ResNet(nn.Module):
    def __init__(self, block, blocks, outputs):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64)
        cin = 64
        for stage, count in enumerate(blocks):
            layers = []
            for k in range(count):
                channels = 64 << stage
                layers.append(block(cin, channels, 2 if stage > 0 and k == 0 else 1))
                cin = channels * (4 if block is Bottleneck else 1)
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(cin, outputs)

    def forward(self, x):
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        return self.fc(self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean((2, 3)))


class Attention(nn.Module):
    """Windows of tokens, cut after rolling by the shift; parts of a window that were not neighbours do not see each other."""

    def __init__(self, dim, heads, window, shift):
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.relative_position_bias_table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        at = torch.stack(torch.meshgrid(torch.arange(window), torch.arange(window), indexing="ij")).flatten(1)
        relative = at[:, :, None] - at[:, None, :] + window - 1
        self.index = relative[0] * (2 * window - 1) + relative[1]

    def forward(self, x):
        n, h, w, c = x.shape
        win = self.window
        down, across = 0 if win >= h else self.shift, 0 if win >= w else self.shift
        x = torch.roll(x, (-down, -across), (1, 2))
        x = x.view(n, h // win, win, w // win, win, c).transpose(2, 3).reshape(-1, win * win, c)
        q, k, v = self.qkv(x).reshape(x.shape[0], win * win, 3, self.heads, c // self.heads).permute(2, 0, 3, 1, 4)
        scores = q @ k.transpose(-2, -1) * (c // self.heads) ** -0.5 + self.relative_position_bias_table[self.index].permute(2, 0, 1)
        if down + across > 0:
            part = torch.zeros(h, w)
            for i, rows in enumerate((slice(0, -win), slice(-win, -down), slice(-down, None))):
                for j, columns in enumerate((slice(0, -win), slice(-win, -across), slice(-across, None))):
                    part[rows, columns] = 3 * i + j
            part = part.view(h // win, win, w // win, win).transpose(1, 2).reshape(-1, win * win)
            apart = (part[:, None, :] != part[:, :, None]).double() * -1e9
            scores = (scores.view(n, -1, self.heads, win * win, win * win) + apart[None, :, None]).view_as(scores)
        y = self.proj((scores.softmax(-1) @ v).transpose(1, 2).reshape(x.shape))
        y = y.view(n, h // win, w // win, win, win, c).transpose(2, 3).reshape(n, h, w, c)
        return torch.roll(y, (down, across), (1, 2))


class Block(nn.Module):
    def __init__(self, dim, heads, window, shift):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.attn = Attention(dim, heads, window, shift)
        self.mlp = nn.Sequential(nn.Linear(dim, 4 * dim), nn.GELU(), nn.Dropout(0), nn.Linear(4 * dim, dim), nn.Dropout(0))

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class Merging(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.norm, self.reduction = nn.LayerNorm(4 * dim), nn.Linear(4 * dim, 2 * dim, bias=False)

    def forward(self, x):
        x = torch.cat([x[:, 0::2, 0::2], x[:, 1::2, 0::2], x[:, 0::2, 1::2], x[:, 1::2, 1::2]], -1)
        return self.reduction(self.norm(x))


class Permute(nn.Module):
    def forward(self, x):
        return x.permute(0, 2, 3, 1)


class Swin(nn.Module):
    def __init__(self, dim, window, blocks, heads, outputs):
        super().__init__()
        layers = [nn.Sequential(nn.Conv2d(3, dim, 4, 4), Permute(), nn.LayerNorm(dim))]
        for stage, count in enumerate(blocks):
            if stage > 0:
                layers.append(Merging(dim << stage - 1))
            layers.append(nn.Sequential(*[Block(dim << stage, heads[stage], window, window // 2 * (k % 2)) for k in range(count)]))
        self.features = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(dim << len(blocks) - 1)
        self.head = nn.Linear(dim << len(blocks) - 1, outputs)

    def forward(self, x):
        return self.head(self.norm(self.features(x)).mean((1, 2)))


def start(name, shape):
    """How draws become a tensor: scale and shift."""
    if name.endswith("running_var"):
        return 0.5, 1.0
    if name.endswith("bias_table"):
        return 0.5, 0.0
    if len(shape) > 1:
        return float(np.sqrt(3.0 / np.prod(shape[1:]))), 0.0
    return (0.2, 1.0) if name.endswith("weight") else (0.1, 0.0)


def drawn(stream, shape, scale=1.0, shift=0.0):
    values = (draws(stream, int(np.prod(shape))) * scale + shift).astype(np.float32)
    return torch.from_numpy(values.astype(np.float64).reshape(shape))


def case(network, net, batch, height, width, outputs):
    names = []
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if not name.endswith("num_batches_tracked"):
                tensor.copy_(drawn(zlib.crc32(name.encode()) & 0x7FFFFFFF, tensor.shape, *start(name, tensor.shape)))
                names.append(name)
        y = net.eval()(drawn(1, (batch, 3, height, width)))
    return {"network": network, "batch": batch, "height": height, "width": width, "outputs": outputs, "tensors": len(names),
            "namesCrc32": zlib.crc32("\n".join(sorted(names)).encode()), "output": y.flatten().tolist()}


torch.set_default_dtype(torch.float64)
write_json("deep.json", "deep.py, torch " + torch.__version__, {"cases": [
    case("resnet18", ResNet(Basic, (2, 2, 2, 2), 6), 2, 67, 58, 6),
    case("resnet50", ResNet(Bottleneck, (3, 4, 6, 3), 6), 2, 64, 64, 6),
    case("swin-micro", Swin(32, 4, (2, 2), (2, 4), 6), 2, 32, 64, 6),
    case("swin-t", Swin(96, 7, (2, 2, 6, 2), (3, 6, 12, 24), 16), 1, 224, 224, 16),
]})

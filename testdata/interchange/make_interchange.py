#!/usr/bin/env python3
"""Writes the files of this folder with the libraries whose formats they are: PyTorch 1.13, safetensors 0.8, NumPy.

resnet8.safetensors   a residual network with PyTorch's names and layouts, and seven prototypes, float16 (so that the file is small)
resnet8.npz           x [2, 12, 12, 3] and PyTorch's scores and embedding for it, evaluation mode
kinds.safetensors     one tensor of each kind NumPy can make, with metadata
packed.npz            savez_compressed
*.pth                 torch.save: prototypes.pth as the published ones are (a state dict whose "w" is [d, n]); the others one trait each; hostile.pth
                      would run a command if it were unpickled
Run in this folder: python3 make_interchange.py
"""
import os
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
from safetensors.numpy import save_file

torch.manual_seed(7)


class Block(nn.Module):
    def __init__(self, cin, cout, stride):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout)
        self.conv2, self.bn2 = nn.Conv2d(cout, cout, 3, 1, 1, bias=False), nn.BatchNorm2d(cout)
        self.downsample = None
        if stride != 1:
            self.downsample = nn.Sequential(nn.Conv2d(cin, cout, 3, stride, 1, bias=False), nn.BatchNorm2d(cout))

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + (x if self.downsample is None else self.downsample(x)))


class ResNet8(nn.Module):
    def __init__(self, d, classes):
        super().__init__()
        self.conv1, self.bn1 = nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16)
        self.layer1 = nn.Sequential(Block(16, 16, 1))
        self.layer2 = nn.Sequential(Block(16, 32, 2))
        self.layer3 = nn.Sequential(Block(32, 64, 2))
        self.fc = nn.Linear(64, d)
        self.register_buffer("prototypes", F.normalize(torch.randn(classes, d)))

    def embed(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        return F.normalize(self.fc(self.layer3(self.layer2(self.layer1(x))).mean((2, 3))))

    def forward(self, x):
        return self.embed(x) @ self.prototypes.T


class Centers(nn.Module):
    def __init__(self, d, n):
        super().__init__()
        self.w = nn.Parameter(F.normalize(torch.randn(d, n), dim=0) * 3)


class Hostile:
    def __reduce__(self):
        return os.system, ("echo unpickled > unpickled.txt",)


def network():
    net = ResNet8(10, 7).eval()
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if name.endswith("running_var"):
                tensor.uniform_(0.5, 1.5)
            elif name.endswith("running_mean") or ".bn" in name and name.endswith("bias"):
                tensor.normal_(0, 0.2)
            if tensor.dtype == torch.float32:
                tensor.copy_(tensor.half().float())
    return net


if __name__ == "__main__":
    net = network()
    x = torch.rand(2, 12, 12, 3)
    with torch.no_grad():
        nchw = x.permute(0, 3, 1, 2)
        np.savez("resnet8.npz", x=x.numpy(), scores=net(nchw).numpy(), embedding=net.embed(nchw).numpy())
    state = {k: v.numpy().astype(np.float16) if v.dtype == torch.float32 else v.numpy() for k, v in net.state_dict().items()}
    save_file(state, "resnet8.safetensors", {"format": "pt"})
    save_file({"f64": np.linspace(-1, 1, 6).reshape(2, 3), "f32": np.float32([[1e-40, -3e38, 0.1]]),
               "f16": np.float16([0.1, -65504, 6e-8, 1e-5, np.inf, -0.0]), "i64": np.arange(4), "bool": np.array([True, False]),
               "scalar": np.array(2.5, np.float32), "empty": np.zeros((0, 3), np.float32)},
              "kinds.safetensors", {"quoted": 'a "b" \\ c\n\tü', "plain": "x"})
    np.savez_compressed("packed.npz", a=np.zeros((50, 40), np.float32), b=np.arange(3.0), labels=np.arange(5))
    t = torch.arange(15.).reshape(5, 3)
    torch.save(Centers(3, 5).state_dict(), "prototypes.pth")
    torch.save(t, "tensor.pth")
    torch.save(nn.Parameter(t), "parameter.pth")
    torch.save(t.t()[1:, ::2], "view.pth")
    torch.save({"epoch": 3, "best": 0.5, "names": ["a", "b"], "state_dict": {"fc.weight": t.half(), "fc.bias": t[0].double(), "steps": torch.tensor(7)}},
               "checkpoint.pth")
    torch.save({"w": t, "more": Hostile()}, "hostile.pth")
    np.save("prototypes_expected.npy", torch.load("prototypes.pth")["w"].numpy())

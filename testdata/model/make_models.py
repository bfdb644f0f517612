#!/usr/bin/env python3
"""Writes the model files of format version 1 that every later version must read, and what they answer, from PyTorch in double.

The writer follows the description of the format (package org.equisphere.model), not the library. Never run it again for version 1: a later
version gets files and a function of its own beside these. Run in this folder: python3 make_models.py
Readout 2 came later, within version 1: python3 make_models.py inner-products
"""
import gzip
import hashlib
import json
import struct
import sys

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)


def wave(stream, *shape):
    """Numbers in -0.5..0.5 that repeat after 97: easy to compress, the same for ever."""
    k = np.arange(int(np.prod(shape)))
    return torch.from_numpy((((k * 31 + stream * 17) % 97) / 96 - 0.5).astype(np.float32).astype(np.float64).reshape(shape))


def integers(values):
    return struct.pack("<i", len(values)) + struct.pack(f"<{len(values)}i", *values)


def text(value):
    utf8 = value.encode()
    return struct.pack("<i", len(utf8)) + utf8


def reals(values, kind):
    flat = np.concatenate([np.asarray(v).flatten() for v in values]) if values else np.zeros(0)
    return struct.pack("<i", flat.size) + flat.astype(kind).tobytes()


def version1(architecture, shape, d, labels, normalization, prototypes, assigned, learned, statistics, provenance, readout=0):
    body = b"EQUISPHR" + struct.pack("<i", 1) + text(architecture) + integers(shape) + struct.pack("<ii", d, len(labels))
    body += b"".join(text(label) for label in labels) + b"".join(reals([part], "<f4") for part in normalization)
    body += struct.pack("<i", 1) if prototypes is None else struct.pack("<ii", readout, len(prototypes)) + reals([prototypes], "<f8") + integers(assigned)
    body += reals(learned, "<f4") + reals(statistics, "<f4") + struct.pack("<i", len(provenance))
    body += b"".join(text(key) + text(value) for key, value in sorted(provenance.items()))
    return body + hashlib.sha256(body).digest()


def batch_norm(x, parts):
    gamma, beta, mean, variance = parts
    return (x - mean) / torch.sqrt(variance + 1e-5) * gamma + beta


def norm_parts(stream, channels):
    return wave(stream, channels) + 1, wave(stream + 1, channels), wave(stream + 2, channels) * 0.1, wave(stream + 3, channels) + 1


def cosines(feature, prototypes, assigned):
    return (F.normalize(feature, dim=1) @ prototypes[assigned].T).flatten().tolist()


def unit(stream, n, d):
    return F.normalize(wave(stream, n, d) + 0.01)


def mlp_with_prototypes():
    shape, prototypes, assigned = [4, 4, 3], unit(1, 6, 3), [4, 0, 5, 2]
    mean, deviation = [0.5, 0.25, 0.125], [0.25, 0.5, 0.2]
    w1, b1, w2, b2, norm = wave(2, 48, 5), wave(3, 5), wave(4, 5, 3), wave(5, 3), norm_parts(6, 3)
    x = wave(7, 48) + 0.5
    y = (x.reshape(16, 3) - torch.tensor(mean)) / torch.tensor(np.float64(np.float32(deviation)))
    feature = batch_norm(F.relu(y.reshape(1, 48) @ w1 + b1) @ w2 + b2, norm)
    content = version1("mlp:5+norm", shape, 3, ["one", "zwei", "üç", "四"], (mean, deviation), prototypes, assigned,
                       [w1, b1, w2, b2, norm[0], norm[1]], [norm[2], norm[3]], {"seed": "7", "data": "made by hand"})
    open("v1-mlp-prototypes.eqs", "wb").write(content)
    return {"file": "v1-mlp-prototypes.eqs", "labels": ["one", "zwei", "üç", "四"], "input": x.tolist(), "scores": cosines(feature, prototypes, assigned),
            "embedding": F.normalize(feature).flatten().tolist()}


def mlp_with_softmax():
    sizes = [7, 6, 5, 4, 3]  # features, two hidden layers, the embedding, the labels
    x, y, learned = wave(11, 7), wave(11, 1, 7), []
    for k in range(4):
        w, b = wave(20 + k, sizes[k], sizes[k + 1]), wave(30 + k, sizes[k + 1])
        y = y @ w + b
        y = F.relu(y) if k < 2 else y
        learned += [w, b]
    open("v1-mlp-softmax.eqs", "wb").write(version1("mlp:6,5", [7], 4, ["a", "b", "c"], ([], []), None, None, learned, [], {}))
    return {"file": "v1-mlp-softmax.eqs", "labels": ["a", "b", "c"], "input": x.tolist(), "scores": y.flatten().tolist()}


class Weights:
    """Convolutions with their batch norms, in the order of use; stored height, width, in, out."""

    def __init__(self):
        self.learned, self.statistics, self.stream = [], [], 100

    def conv_norm(self, x, out, stride):
        cin = x.shape[1]
        kernel = wave(self.stream, 3, 3, cin, out) * (2 / cin ** 0.5)
        kernel = kernel.float().double()
        norm = norm_parts(self.stream + 1, out)
        self.stream += 5
        self.learned += [kernel, norm[0], norm[1]]
        self.statistics += [norm[2], norm[3]]
        y = F.conv2d(x, kernel.permute(3, 2, 0, 1), stride=stride, padding=1)
        return batch_norm(y.permute(0, 2, 3, 1), norm).permute(0, 3, 1, 2)


def resnet8():
    prototypes, assigned = unit(50, 5, 4), [3, 1, 0, 4, 2]
    x = wave(51, 9, 8, 3) + 0.5
    weights = Weights()
    y = F.relu(weights.conv_norm(x.permute(2, 0, 1)[None], 16, 1))
    for out, stride in (16, 1), (32, 2), (64, 2):
        inner = F.relu(weights.conv_norm(y, out, stride))
        inner = weights.conv_norm(inner, out, 1)
        y = F.relu(inner + (y if stride == 1 else weights.conv_norm(y, out, stride)))
    w, b = wave(60, 64, 4), wave(61, 4)
    feature = y.mean((2, 3)) @ w + b
    content = version1("resnet8", [9, 8, 3], 4, list("vwxyz"), ([], []), prototypes, assigned, weights.learned + [w, b], weights.statistics, {"seed": "0"})
    with gzip.GzipFile("v1-resnet8.eqs.gz", "wb", mtime=0) as out:
        out.write(content)
    return {"file": "v1-resnet8.eqs.gz", "labels": list("vwxyz"), "input": x.flatten().tolist(), "scores": cosines(feature, prototypes, assigned),
            "embedding": F.normalize(feature).flatten().tolist()}


def mlp_with_inner_products():
    prototypes, assigned, temperature = unit(70, 6, 3), [2, 5, 0, 4], 0.2
    w1, b1, w2, b2 = wave(72, 7, 5), wave(73, 5), wave(74, 5, 3) * 8, wave(75, 3)
    x = wave(76, 7)
    feature = F.relu(x[None] @ w1 + b1) @ w2 + b2
    scores = feature @ prototypes[assigned].T
    content = version1("mlp:5", [7], 3, list("abcd"), ([], []), prototypes, assigned, [w1, b1, w2, b2], [], {"confidence_temperature": str(temperature)}, readout=2)
    open("v1-mlp-inner-products.eqs", "wb").write(content)
    return {"file": "v1-mlp-inner-products.eqs", "labels": list("abcd"), "input": x.tolist(), "scores": scores.flatten().tolist(),
            "embedding": F.normalize(feature).flatten().tolist(), "temperature": temperature, "probabilities": F.softmax(scores / temperature, 1).flatten().tolist()}


if __name__ == "__main__":
    if sys.argv[1:] == ["inner-products"]:
        with open("inner-products.json", "w") as out:
            json.dump({"made_by": "make_models.py inner-products, torch " + torch.__version__, "models": [mlp_with_inner_products()]}, out, indent=1)
            out.write("\n")
        sys.exit()
    answers = {"made_by": "make_models.py, torch " + torch.__version__, "models": [mlp_with_prototypes(), mlp_with_softmax(), resnet8()]}
    with open("version1.json", "w") as out:
        json.dump(answers, out, indent=1, ensure_ascii=False)
        out.write("\n")

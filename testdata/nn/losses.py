#!/usr/bin/env python3
"""Writes losses.json: losses and gradients in double from PyTorch's autograd. Run in this folder: python3 losses.py"""
import torch
import torch.nn.functional as F
from draws import draws, write_json

BATCH, CLASSES, D = 6, 5, 4
LABELS = torch.tensor([3, 0, 3, 1, 3, 1])
OUTPUT = torch.tensor(draws(1, BATCH * D)).reshape(BATCH, D)
LOGITS = torch.tensor(draws(2, BATCH * CLASSES)).reshape(BATCH, CLASSES) * 3
TARGETS = F.normalize(torch.tensor(draws(3, CLASSES * D)).reshape(CLASSES, D)).float().double()
PRIOR = torch.tensor(draws(4, CLASSES))
WEIGHT = torch.tensor(draws(5, CLASSES * D)).reshape(CLASSES, D)


def case(loss, *variables):
    """The value and the gradients with respect to the variables."""
    variables = [v.clone().requires_grad_() for v in variables]
    value = loss(*variables)
    value.backward()
    return {"loss": value.item(), "gradients": [v.grad.flatten().tolist() for v in variables]}


def dot_regression(output):
    """Yang et al. 2022, as their released code has it: class counts of the batch, features normalised, norms without gradient."""
    counts = torch.bincount(LABELS, minlength=CLASSES).double()
    gamma = BATCH / (counts > 0).sum()
    factor = torch.where(counts > 0, gamma / counts.clamp(min=1), torch.ones(CLASSES).double()).sqrt()
    h, m = F.normalize(output), (TARGETS * factor[:, None])[LABELS]
    lengths, target = h.detach().norm(dim=1), m.norm(dim=1)
    return 0.5 * ((((h * m).sum(1) - target * lengths) ** 2) / lengths).mean()


cosines = lambda f: F.normalize(f) @ TARGETS.T
write_json("losses.json", "losses.py, torch " + torch.__version__, {
    "labels": LABELS.tolist(), "classes": CLASSES, "targets": TARGETS.flatten().tolist(),
    "squaredCosineSum": case(lambda f: (1 - F.cosine_similarity(f, TARGETS[LABELS])).pow(2).sum(), OUTPUT),
    "squaredCosineMean": case(lambda f: (1 - F.cosine_similarity(f, TARGETS[LABELS])).pow(2).mean(), OUTPUT),
    "softmax": case(lambda x: F.cross_entropy(x, LABELS), LOGITS),
    "softmaxSmoothed": case(lambda x: F.cross_entropy(x, LABELS, label_smoothing=0.1), LOGITS),
    "prototypeSoftmax": case(lambda f: F.cross_entropy(cosines(f) / 0.07, LABELS), OUTPUT),
    "prototypeSoftmaxSmoothedPrior": case(lambda f: F.cross_entropy(cosines(f) / 0.2 + PRIOR, LABELS, label_smoothing=0.1), OUTPUT),
    "softmaxPrior": case(lambda x: F.cross_entropy(x + PRIOR, LABELS), LOGITS),
    "prototypeSoftmaxPlain": case(lambda f: F.cross_entropy(f @ TARGETS.T / 0.5, LABELS), OUTPUT),
    "mixed": case(lambda f: 0.3 * F.cross_entropy(cosines(f) / 0.2, LABELS) + 0.7 * F.cross_entropy(cosines(f) / 0.2, LABELS.flip(0)), OUTPUT),
    "dotRegression": case(dot_regression, OUTPUT),
    "normFace": case(lambda f, w: F.cross_entropy(8 * F.normalize(f) @ F.normalize(w).T, LABELS), OUTPUT, WEIGHT),
})

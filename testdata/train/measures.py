#!/usr/bin/env python3
"""Writes measures.json: features on the sphere and what numpy makes of them. Run in this folder: python3 measures.py

Definitions: Papyan, Han and Donoho 2020 for NC1..NC4, with the means of the classes that have examples, on features of length 1."""
import json
import numpy as np

rng = np.random.default_rng(5)
CLASSES, D, N = 6, 4, 60  # class 5 has no examples; more classes than d + 1, so the between-class covariance has full rank


def unit(x):
    return x / np.linalg.norm(x, axis=1, keepdims=True)


def degrees(cosine):
    return np.degrees(np.arccos(np.clip(cosine, -1, 1)))


def measures(features, labels, predicted, targets):
    present = np.unique(labels)
    means = np.array([features[labels == c].mean(0) if c in present else np.zeros(features.shape[1]) for c in range(CLASSES)])
    m = means[present]
    centred = m - m.mean(0)
    p = targets[present] - targets[present].mean(0)
    off = features - means[labels]
    within = off.T @ off / len(labels)
    between = centred.T @ centred / len(present)
    pairs = np.triu_indices(len(present), 1)
    angles = degrees((unit(m) @ unit(m).T)[pairs])
    norms = np.linalg.norm(centred, axis=1)
    cosines = (unit(centred) @ unit(centred).T)[pairs]
    nearest = present[np.linalg.norm(features[:, None] - m[None], axis=2).argmin(1)]
    return [degrees((features * targets[labels]).sum(1)).mean(), degrees((features * unit(means[labels])).sum(1)).mean(), angles.min(), angles.mean(),
            np.trace(within @ np.linalg.pinv(between)) / len(present), norms.std() / norms.mean(), np.abs(cosines + 1 / (len(present) - 1)).mean(),
            np.linalg.norm(centred / np.linalg.norm(centred) - p / np.linalg.norm(p)) ** 2, (nearest != predicted).mean()]


cases = []
for d in (D, 9):  # in 9 dimensions the between-class covariance is singular
    targets = unit(rng.normal(size=(CLASSES, d)))
    labels = rng.integers(0, CLASSES - 1, N)
    features = unit(targets[labels] + 0.4 * rng.normal(size=(N, d))).astype(np.float32)
    scores = (features @ targets.T).astype(np.float32)
    cases.append({"d": d, "labels": labels.tolist(), "features": features.flatten().tolist(), "targets": targets.flatten().tolist(),
                  "scores": scores.flatten().tolist(), "measures": measures(features.astype(float), labels, scores.argmax(1), targets)})
with open("measures.json", "w") as out:
    json.dump({"made_by": "measures.py, numpy " + np.__version__, "classes": CLASSES, "cases": cases}, out)

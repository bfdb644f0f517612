"""Writes scipy_goldens.json: small cost matrices and SciPy's optimal values. Run: /usr/bin/python3 testdata/assignment/scipy_goldens.py"""
import json
import pathlib

import numpy as np
import scipy
from scipy.optimize import linear_sum_assignment

rng = np.random.default_rng(20240521)
cases = []
for rows, cols in [(1, 1), (2, 5), (5, 2), (7, 7), (20, 20), (12, 31), (31, 12), (6, 6)]:
    for name, cost in [
        ("uniform", rng.random((rows, cols))),
        ("integer", rng.integers(0, 10, (rows, cols)).astype(float)),
        ("log", 10.0 ** rng.uniform(-6, 6, (rows, cols))),
        ("sparse", np.where(rng.random((rows, cols)) < (0.75 if rows <= 7 else 0.3), np.inf, rng.random((rows, cols)))),
    ]:
        for maximize in (False, True):
            c = -cost if maximize and name == "sparse" else cost
            try:
                r, k = linear_sum_assignment(c, maximize=maximize)
                value = float(c[r, k].sum())
            except ValueError:
                value = None
            cells = [[None if np.isinf(x) else float(x) for x in row] for row in c]
            cases.append(dict(name=name, maximize=maximize, value=value, cost=cells))
out = pathlib.Path(__file__).with_name("scipy_goldens.json")
out.write_text(json.dumps(dict(scipy=scipy.__version__, forbidden="null", infeasible="value null", cases=cases)) + "\n")

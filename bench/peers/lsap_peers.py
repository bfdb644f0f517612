"""Times SciPy's linear_sum_assignment on a .npy matrix; one JSON line. Usage: lsap_peers.py FILE.npy FAMILY REPEAT LIMIT_S
The parent kills a solve that takes longer than LIMIT_S and says so."""
import json
import multiprocessing
import sys
import time

import numpy as np
import scipy
from scipy.optimize import linear_sum_assignment


def solve(file, repeat, queue):
    cost = np.load(file)
    for _ in range(repeat):
        start = time.perf_counter()
        r, c = linear_sum_assignment(cost)
        queue.put((time.perf_counter() - start, float(cost[r, c].sum())))


file, family, repeat, limit = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
queue = multiprocessing.Queue()
worker = multiprocessing.Process(target=solve, args=(file, repeat, queue))
worker.start()
worker.join(limit)
if worker.is_alive():
    worker.terminate()
    worker.join()
results = []
while not queue.empty():
    results.append(queue.get())
print(json.dumps(dict(
    peer="scipy " + scipy.__version__, family=family,
    seconds=sorted(t for t, _ in results)[len(results) // 2] if results else None,
    value=results[0][1] if results else None, limit=limit)))

"""Numbers that Python and Java draw alike, bit for bit: SplitMix64's finaliser on a counter, 24 bits of it as a float in [-1, 1)."""
import numpy as np


def draws(stream, count):
    """float64 [count], each a multiple of 2^-23: draw i of a stream is the mix of stream * 2^32 + i."""
    z = (np.uint64(stream) << np.uint64(32)) + np.arange(count, dtype=np.uint64)
    with np.errstate(over="ignore"):
        z = (z + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float64) / 2**23 - 1


def write_json(path, made_by, content):
    import json
    with open(path, "w") as f:
        json.dump({"madeBy": made_by, **content}, f)
        f.write("\n")

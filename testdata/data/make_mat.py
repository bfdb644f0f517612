#!/usr/bin/env python3
"""Makes MATLAB level 5 files in SVHN's layout: X uint8 [32, 32, 3, n], y [n, 1], labels 1..10. Run in this folder.

X[h, w, c, i] = (3 h + 5 w + 70 c + 11 i) mod 256; y = 10, 1, 2.
svhn_compressed.mat: zlib elements, y of bytes; svhn_plain.mat: no compression, y of doubles, one image only (MATLAB drops the last extent).
"""
import numpy as np
from scipy.io import savemat

h, w, c, i = np.meshgrid(range(32), range(32), range(3), range(3), indexing="ij")
x = ((3 * h + 5 * w + 70 * c + 11 * i) % 256).astype("uint8")
y = np.array([[10], [1], [2]])
savemat("svhn_compressed.mat", {"note": np.arange(5.0), "X": x, "y": y.astype("uint8")}, do_compression=True)
savemat("svhn_plain.mat", {"X": x[:, :, :, 0], "y": y[:1].astype("float64")})
savemat("svhn_reversed.mat", {"y": y.astype("int32"), "X": x}, do_compression=True)

#!/usr/bin/env python3
"""Makes the .npy files of this folder, as NumPy itself saves them. Run in this folder."""
import numpy as np

np.save("f4_3x5.npy", (np.arange(15, dtype="<f4") * 0.25 - 1).reshape(3, 5).astype("<f4"))
np.save("f8_scalar.npy", np.float64(-1))
np.save("i4_7.npy", (np.arange(7) * 3 - 7).astype("<i4"))
np.save("i8_2x1x3.npy", (np.arange(6) * 3 - 7).astype("<i8").reshape(2, 1, 3))

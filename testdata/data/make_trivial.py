#!/usr/bin/env python3
"""Makes trivial.png: a picture of 24 x 25 pixels, and below it what Pillow makes of it by the changes of torchvision's TrivialAugmentWide. Run in this folder.

In this order: change, level 3, 17, 30, forward and backward. The affine matrices are those of torchvision.transforms.functional.affine, from output to input.
"""
import math

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

h, w = 24, 25
y, x = np.mgrid[0:h, 0:w]
rgb = np.stack([20 + (7 * x + 3 * y) % 200, 128 + 100 * np.sin(x / 4.0), 30 + 190 * y / (h - 1)], 2).astype("uint8")
rgb[4:9, 5:12] = (250, 20, 30)
picture = Image.fromarray(rgb)


def mapped(*matrix):
    return picture.transform((w, h), Image.AFFINE, matrix, Image.NEAREST)


def enhanced(kind):
    return lambda m: kind(picture).enhance(1 + 0.99 * m)


changes = [
    lambda m: picture,
    lambda m: mapped(1, 0.99 * m, 0, 0, 1, 0),
    lambda m: mapped(1, 0, 0, 0.99 * m, 1, 0),
    lambda m: mapped(1, 0, int(32 * m), 0, 1, 0),
    lambda m: mapped(1, 0, 0, 0, 1, int(32 * m)),
    lambda m: picture.rotate(135 * m, Image.NEAREST),
    enhanced(ImageEnhance.Brightness),
    enhanced(ImageEnhance.Color),
    enhanced(ImageEnhance.Contrast),
    enhanced(ImageEnhance.Sharpness),
    lambda m: ImageOps.posterize(picture, 8 - round(30 * abs(m) / 5)),
    lambda m: ImageOps.solarize(picture, 255 - 255 * abs(m)),
    lambda m: ImageOps.autocontrast(picture),
    lambda m: ImageOps.equalize(picture),
]
rows = [rgb] + [np.asarray(change(sign * level / 30)) for change in changes for level in (3, 17, 30) for sign in (1, -1)]
Image.fromarray(np.concatenate(rows)).save("trivial.png", optimize=True)

#!/usr/bin/env python3
"""Makes the image files of images/ and what Pillow reads from them, and what its bilinear resize makes of one. Run in this folder.

images/KIND.png|jpg   one picture, 19 high and 26 wide, saved as each kind of file
images/KIND.npy       int32 [19, 26, 3]: Pillow's convert("RGB") (alpha dropped, grey repeated)
resize_HxW.npy        int32 [H, W, 3]: Image.resize((W, H), BILINEAR) of rgb.png
"""
import os

import numpy as np
from PIL import Image

os.makedirs("images", exist_ok=True)
h, w = 19, 26
y, x = np.mgrid[0:h, 0:w]
rgb = np.stack([(7 * x + 3 * y) % 256, 128 + 100 * np.sin(x / 4.0), 255 * y / (h - 1)], 2).astype("uint8")
rgb[4:9, 5:12] = (250, 20, 30)
picture = Image.fromarray(rgb)


def keep(name, image, **options):
    file = f"images/{name}"
    image.save(file, **options)
    back = Image.open(file)
    if back.mode == "I" or back.mode.startswith("I;16"):
        grey = (np.asarray(back).astype("uint32") >> 8).astype("int32")
        expected = np.stack([grey] * 3, 2)
    elif back.mode == "RGBA" or back.mode == "LA":
        expected = np.asarray(back.convert("RGBA"))[:, :, :3].astype("int32")
    else:
        expected = np.asarray(back.convert("RGB")).astype("int32")
    if back.mode != "CMYK":
        np.save(f"images/{name.split('.')[0]}.npy", expected)


keep("rgb.png", picture)
keep("grey.png", picture.convert("L"))
keep("palette.png", picture.quantize(17))
keep("bilevel.png", picture.convert("1"))
keep("alpha.png", Image.merge("RGBA", (*picture.split(), picture.convert("L"))))
keep("greyalpha.png", Image.merge("LA", (picture.convert("L"), picture.split()[2])))
keep("grey16.png", Image.fromarray((np.asarray(picture.convert("L")).astype("uint16") * 251 + 77).astype("uint16")))
keep("rgbjpeg.jpg", picture, quality=95, subsampling=0)
keep("progressive.jpg", picture, quality=95, subsampling=0, progressive=True)
keep("greyjpeg.jpg", picture.convert("L"), quality=95)
keep("cmyk.jpg", picture.convert("CMYK"), quality=95)
for a, b in ((7, 26), (19, 11), (40, 33), (5, 3), (18, 27)):
    np.save(f"resize_{a}x{b}.npy", np.asarray(picture.resize((b, a), Image.BILINEAR)).astype("int32"))

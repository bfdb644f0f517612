// A convolution's sizes, as its kernels take them.
#pragma once

/// Passed by value; the reciprocals are Divider's.
struct Geometry {
    int batch, height, width, inChannels, outChannels, kernel, stride, padding, outHeight, outWidth;
    unsigned byKernel, byInChannels, byOutChannels, byOutWidth, byOutArea, byWidth, byArea, byStride;
};

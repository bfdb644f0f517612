// All images of a batch in one plane, of which what neighbouring positions of a convolution meet is a short stretch.
#pragma once

#include "lanes.cuh"

/// All images of a batch in one plane: `padding` rows of zeros before each, `padding` zeros before each row, which are also what lies behind
/// the row above and below the image before. A place is a row times the pitch plus a column. Taps are the same distance apart everywhere.
/// Passed by value; the reciprocals are Divider's.
struct Canvas {
    int batch, height, width, channels, outHeight, outWidth, outChannels, stride, padding;
    /// The most that the stretch of a tile takes.
    int places;
    /// The images as they are stored; what the canvas has more is zeros.
    int storedHeight, storedWidth;
    unsigned byPitch, byRows, byOutWidth, byOutArea;

    __device__ __forceinline__ int pitch() const {
        return width + padding;
    }

    __device__ __forceinline__ int positions() const {
        return batch * outHeight * outWidth;
    }

    /// The place of an output position's first tap; a position past the end has that of the last.
    __device__ __forceinline__ int corner(int position) const {
        int inImage, column;
        const int n = Divider{outHeight * outWidth, byOutArea}.quotient(min(position, positions() - 1), inImage);
        const int row = Divider{outWidth, byOutWidth}.quotient(inImage, column);
        return (n * (height + padding) + row * stride) * pitch() + column * stride;
    }

    /// Where the image holds a place's first channel, -1 if the place is one of zeros.
    __device__ __forceinline__ int offset(int place) const {
        int column, row;
        const int rows = Divider{pitch(), byPitch}.quotient(place, column);
        const int n = Divider{height + padding, byRows}.quotient(rows, row);
        const int i = row - padding;
        const int j = column - padding;
        const bool inside = i >= 0 && j >= 0 && n < batch && i < storedHeight && j < storedWidth;
        return inside ? ((n * storedHeight + i) * storedWidth + j) * channels : -1;
    }
};

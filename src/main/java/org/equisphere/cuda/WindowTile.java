package org.equisphere.cuda;

/**
 * A tile of results of a 3 x 3 convolution from windows of a {@link Canvas}: what a block of it has, and the kernels that compute it.
 *
 * @param positions of the results to a block
 * @param channels  of the results to a block
 * @param threads   of a block
 * @param places    of the canvas that it holds
 * @param forward   the output
 * @param data      the gradient by the input, stride 1
 * @param stride2   the same, stride 2; null where no kernel has this tile
 */
record WindowTile(int positions, int channels, int threads, int places, Kernel forward, Kernel data, Kernel stride2) {

    /**
     * The narrow tile for as few channels as it has; else the wide one where {@code grids} grids of results make so many blocks of it; else, and
     * where images are too wide for it, the small one. Null if they are too wide for that, too. Notes in the canvas what the tile chosen takes of it.
     */
    static WindowTile choose(WindowTile narrow, WindowTile wide, WindowTile small, Canvas canvas, int grids, long many) {
        WindowTile first = canvas.outChannels() <= narrow.channels ? narrow : grids * wide.blocks(canvas) >= many ? wide : small;
        return first.fits(canvas) ? first : small.fits(canvas) ? small : null;
    }

    private boolean fits(Canvas canvas) {
        return canvas.fits(positions, places);
    }

    private long blocks(Canvas canvas) {
        return Launch.blocks(canvas.positions(), positions) * Launch.blocks(canvas.outChannels(), channels);
    }

    /** A launch for {@code grids} grids of a canvas's results. */
    Launch of(Launch launch, Kernel kernel, Canvas canvas, int grids) {
        return launch.of(kernel).block(threads, 1)
                .grid(Launch.blocks(canvas.positions(), positions), Launch.blocks(canvas.outChannels(), channels), grids);
    }
}

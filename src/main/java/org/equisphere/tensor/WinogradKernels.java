package org.equisphere.tensor;

import static org.equisphere.tensor.HostBackend.array;

/**
 * The 3x3 kernels of a layer for {@link WinogradTransforms}: planes of [panel][in channel][columns], where a panel has the columns of a register
 * tile. In the gradient by the input, kernels are turned around and the layer's out channels are what is summed over.
 */
final class WinogradKernels {

    /** In channels transformed at a time; a constant, for the compiler unrolls the loop over them. */
    static final int CHANNELS = Lanes.COUNT;
    /** Out channels transformed at a time, at most: rows of kernels are pages apart, so that fewer at a visit cost more visits. */
    static final int COLUMNS = 32;
    private static final int SIDE = WinogradTransforms.SIDE;
    /** The rows, and columns, of a kernel. */
    private static final int TAPS = 3;
    /** Floats from row to row of what is being transformed. */
    private static final int LINE = CHANNELS * COLUMNS;
    /** Floats of working memory that {@link #transform} needs. */
    static final int ROOM = (TAPS * SIDE + TAPS * TAPS) * LINE;

    private float[] kernels;
    private int kernelsAt;
    private boolean turned;
    private int inChannels;
    private int outChannels;
    private int columns;

    /**
     * Describes the kernels.
     *
     * @param w      [3, 3, in, out]; if turned, [3, 3, out, in]
     * @param summed in channels, that are summed over; a multiple of {@link #CHANNELS}
     * @param out    out channels
     */
    void describe(Tensor w, boolean around, int summed, int out, Tile tile) {
        kernels = array(w);
        kernelsAt = w.offset();
        turned = around;
        inChannels = summed;
        outChannels = out;
        columns = tile.columns;
    }

    /**
     * Transforms the rows of the kernels of {@link #CHANNELS} in channels, then the columns of what they became.
     *
     * @param from   the first in channel
     * @param column the first out channel
     * @param end    one more than the last, {@link #COLUMNS} from the first at most; it may lie in the last panel's padding
     * @param room   {@link #ROOM} floats from {@code at} on
     * @param to     where the first panel's first in channel lies in a plane
     * @param panel  floats from panel to panel of a plane
     * @param plane  floats from plane to plane
     */
    void transform(int from, int column, int end, float[] room, int at, float[] planes, int to, int panel, int plane) {
        int run = Math.min(end, outChannels) - column;
        float[] taps = turned ? room : kernels;
        int first = turned ? at + TAPS * SIDE * LINE : kernelsAt + from * outChannels + column;
        int tap = turned ? LINE : inChannels * outChannels;
        if (turned) {
            turn(from, column, run, room, first);
        }
        for (int i = 0; i < TAPS; i++) {
            WinogradTransforms.kernel(taps, first + i * tap, TAPS * tap, (turned ? COLUMNS : outChannels) - run, run, CHANNELS * run,
                    room, at + i * LINE, TAPS * LINE, COLUMNS - run);
        }
        for (int o = 0; o < run; o += columns) {
            int some = Math.min(columns, run - o);
            for (int i = 0; i < SIDE; i++) {
                WinogradTransforms.kernel(room, at + i * TAPS * LINE + o, LINE, COLUMNS - some, some, CHANNELS * some,
                        planes, to + o / columns * panel + i * SIDE * plane, plane, columns - some);
            }
        }
    }

    /** The kernels as [tap][in channel][out channel], last tap first. */
    private void turn(int from, int column, int run, float[] to, int at) {
        for (int tap = 0; tap < TAPS * TAPS; tap++) {
            int row = kernelsAt + ((TAPS * TAPS - 1 - tap) * outChannels + column) * inChannels + from;
            for (int o = 0; o < run; o++) {
                for (int c = 0; c < CHANNELS; c++) {
                    to[at + tap * LINE + c * COLUMNS + o] = kernels[row + c];
                }
                row += inChannels;
            }
        }
    }
}

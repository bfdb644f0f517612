package org.equisphere.cuda;

import org.equisphere.tensor.Convolution;
import org.equisphere.tensor.Tensor;

/**
 * A kernel that sums the gradient by weights of a 3 x 3 convolution from windows of a {@link Canvas}, and what a block of it has.
 *
 * @param threads     of a block
 * @param inChannels  of the input to a block
 * @param outChannels of the output to a block
 * @param places      of the canvas that it holds
 * @param mostStep    positions at a time, a power of two times {@value #LEAST_STEP}
 * @param blocks      that keep a large card busy
 */
record WeightTile(Kernel kernel, int threads, int inChannels, int outChannels, int places, int mostStep, int blocks) {

    private static final int LEAST_STEP = 16;

    /**
     * The positions are summed in parts, whose number depends on the sizes alone. Returns their number, their sums in scratch or, if one, in dw;
     * 0, with nothing queued, for images too wide for the places.
     */
    int run(Launch launch, DeviceMemory memory, Canvas canvas, Convolution g, Tensor x, Tensor dy, Tensor dw) {
        canvas.set(g);
        int step = mostStep;
        while (!canvas.fits(step, places)) {
            if (step == LEAST_STEP) {
                return 0;
            }
            step /= 2;
        }
        long inTiles = Launch.blocks(g.inChannels(), inChannels);
        long outTiles = Launch.blocks(g.outChannels(), outChannels);
        long wanted = Math.max(1, blocks / (inTiles * outTiles));
        int chunk = (int) Launch.blocks(Launch.blocks(g.positions(), wanted), step) * step;
        int parts = (int) Launch.blocks(g.positions(), chunk);
        long sums = parts == 1 ? CudaStorage.address(dw) : memory.scratch(4L * parts * dw.size());
        launch.of(kernel).block(threads, 1).grid(inTiles, outTiles, parts)
                .memory(x).memory(dy).integer(chunk).integer(step).memory(sums).structure(canvas.words()).run();
        return parts;
    }
}

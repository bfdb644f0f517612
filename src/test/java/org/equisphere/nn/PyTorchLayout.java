package org.equisphere.nn;

/** Where PyTorch's elements lie in this project's layouts: OIHW to HWIO, [out, in] to [in, out], vectors as they are. */
final class PyTorchLayout {

    private PyTorchLayout() {
    }

    /**
     * The permutation of one tensor.
     *
     * @param shape PyTorch's shape
     * @return for each of PyTorch's elements its place here
     */
    static int[] places(int... shape) {
        int o = shape[0];
        int i = shape.length > 1 ? shape[1] : 1;
        int positions = shape.length == 4 ? shape[2] * shape[3] : 1;
        int[] places = new int[o * i * positions];
        for (int k = 0; k < places.length; k++) {
            int position = k % positions;
            int in = k / positions % i;
            int out = k / positions / i;
            places[k] = (position * i + in) * o + out;
        }
        return places;
    }

    /** NCHW to NHWC. */
    static float[] images(float[] nchw, int n, int c, int h, int w) {
        float[] nhwc = new float[nchw.length];
        for (int k = 0; k < nchw.length; k++) {
            int position = k % (h * w);
            int channel = k / (h * w) % c;
            int image = k / (h * w * c);
            nhwc[(image * h * w + position) * c + channel] = nchw[k];
        }
        return nhwc;
    }

    static float[] toHere(float[] values, int[] places) {
        float[] here = new float[values.length];
        for (int k = 0; k < values.length; k++) {
            here[places[k]] = values[k];
        }
        return here;
    }

    static float[] toPyTorch(float[] here, int[] places) {
        float[] values = new float[here.length];
        for (int k = 0; k < values.length; k++) {
            values[k] = here[places[k]];
        }
        return values;
    }
}

package org.equisphere.tensor;

/** The elementary, matrix, convolution and pooling operations of {@link Backend} as plain loops in double, straight from their definitions. */
final class ReferenceMath {

    private ReferenceMath() {
    }

    static Expected exactly(double[] values) {
        Expected e = new Expected(values.length);
        for (int i = 0; i < values.length; i++) {
            e.add(i, values[i], 0);
        }
        return e;
    }

    static Expected addScaled(double alpha, double[] x, double[] y) {
        Expected e = new Expected(x.length);
        for (int i = 0; i < x.length; i++) {
            e.add(i, y[i]);
            e.add(i, alpha * x[i]);
        }
        return e;
    }

    static Expected relu(double[] x) {
        return exactly(x).rectified(true);
    }

    /** @param dx what is added to, or null */
    static Expected reluBackward(double[] y, double[] dy, double[] dx) {
        Expected e = new Expected(y.length);
        for (int i = 0; i < y.length; i++) {
            e.add(i, y[i] > 0 ? dy[i] : 0);
            if (dx != null) {
                e.add(i, dx[i]);
            }
        }
        return e;
    }

    static Expected gemm(boolean transposeA, boolean transposeB, int m, int n, int k, double alpha, double[] a, double[] b,
                         double beta, double[] c) {
        Expected e = new Expected(m * n);
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                for (int l = 0; l < k; l++) {
                    e.add(i * n + j, alpha * a[transposeA ? l * m + i : i * k + l] * b[transposeB ? j * k + l : l * n + j]);
                }
                if (beta != 0) {
                    e.add(i * n + j, beta * c[i * n + j]);
                }
            }
        }
        return e;
    }

    static Expected addBias(double[] y, double[] bias, boolean relu) {
        Expected e = new Expected(y.length);
        for (int i = 0; i < y.length; i++) {
            e.add(i, y[i]);
            e.add(i, bias[i % bias.length]);
        }
        return e.rectified(relu);
    }

    /** dbias, of the masked dy. */
    static Expected columnSums(double[] dy, int c) {
        Expected e = new Expected(c);
        for (int i = 0; i < dy.length; i++) {
            e.add(i % c, dy[i]);
        }
        return e;
    }

    /** What visits the products of a convolution: y[i] meets x[j] and w[k]. */
    private interface Meeting {
        void at(int y, int x, int w);
    }

    private static void everyProduct(Convolution g, Meeting meeting) {
        for (int n = 0; n < g.batch(); n++) {
            for (int i = 0; i < g.outHeight(); i++) {
                for (int j = 0; j < g.outWidth(); j++) {
                    for (int a = 0; a < g.kernel(); a++) {
                        for (int b = 0; b < g.kernel(); b++) {
                            int row = i * g.stride() + a - g.padding();
                            int column = j * g.stride() + b - g.padding();
                            if (row < 0 || row >= g.height() || column < 0 || column >= g.width()) {
                                continue;
                            }
                            for (int c = 0; c < g.inChannels(); c++) {
                                for (int o = 0; o < g.outChannels(); o++) {
                                    meeting.at(((n * g.outHeight() + i) * g.outWidth() + j) * g.outChannels() + o,
                                            ((n * g.height() + row) * g.width() + column) * g.inChannels() + c,
                                            ((a * g.kernel() + b) * g.inChannels() + c) * g.outChannels() + o);
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    /** @param bias null for none; residual likewise */
    static Expected convolve(Convolution g, double[] x, double[] w, double[] bias, double[] residual, boolean relu) {
        Expected e = new Expected(g.positions() * g.outChannels());
        everyProduct(g, (y, at, k) -> e.add(y, x[at] * w[k]));
        for (int i = 0; i < e.value.length; i++) {
            if (bias != null) {
                e.add(i, bias[i % g.outChannels()]);
            }
            if (residual != null) {
                e.add(i, residual[i]);
            }
        }
        return e.rectified(relu);
    }

    /** @param dx what is added to, or null */
    static Expected convolveBackwardData(Convolution g, double[] dy, double[] w, double[] dx) {
        Expected e = new Expected(g.batch() * g.height() * g.width() * g.inChannels());
        everyProduct(g, (y, at, k) -> e.add(at, dy[y] * w[k]));
        for (int i = 0; dx != null && i < dx.length; i++) {
            e.add(i, dx[i]);
        }
        return e;
    }

    static Expected convolveBackwardWeights(Convolution g, double[] x, double[] dy) {
        Expected e = new Expected(g.patch() * g.outChannels());
        everyProduct(g, (y, at, k) -> e.add(k, dy[y] * x[at]));
        return e;
    }

    static Expected averagePool(double[] x, int n, int positions, int c) {
        Expected e = new Expected(n * c);
        for (int i = 0; i < n; i++) {
            for (int p = 0; p < positions; p++) {
                for (int j = 0; j < c; j++) {
                    e.add(i * c + j, x[(i * positions + p) * c + j] / positions);
                }
            }
        }
        return e;
    }

    /** @param dx what is added to, or null */
    static Expected averagePoolBackward(double[] dy, int n, int positions, int c, double[] dx) {
        Expected e = new Expected(n * positions * c);
        for (int i = 0; i < e.value.length; i++) {
            e.add(i, dy[i / (positions * c) * c + i % c] / positions);
            if (dx != null) {
                e.add(i, dx[i]);
            }
        }
        return e;
    }

    /** Where element i of the shortcut's output [n, h', w', co] comes from in its input [n, h, w, ci]; -1 for the zeros. */
    private static int source(int i, int h, int w, int ci, int co, int stride) {
        int outHeight = (h + stride - 1) / stride;
        int outWidth = (w + stride - 1) / stride;
        int channel = i % co - (co - ci) / 2;
        int column = i / co % outWidth * stride;
        int row = i / co / outWidth % outHeight * stride;
        int image = i / co / outWidth / outHeight;
        return channel < 0 || channel >= ci ? -1 : ((image * h + row) * w + column) * ci + channel;
    }

    static Expected shortcut(double[] x, int n, int h, int w, int ci, int co, int stride) {
        Expected e = new Expected(n * ((h + stride - 1) / stride) * ((w + stride - 1) / stride) * co);
        for (int i = 0; i < e.value.length; i++) {
            int from = source(i, h, w, ci, co, stride);
            e.add(i, from < 0 ? 0 : x[from], 0);
        }
        return e;
    }

    /** @param dx what is added to, or null */
    static Expected shortcutBackward(double[] dy, int n, int h, int w, int ci, int co, int stride, double[] dx) {
        Expected e = new Expected(n * h * w * ci);
        for (int i = 0; i < dy.length; i++) {
            int from = source(i, h, w, ci, co, stride);
            if (from >= 0) {
                e.add(from, dy[i]);
            }
        }
        for (int i = 0; dx != null && i < dx.length; i++) {
            e.add(i, dx[i]);
        }
        return e;
    }
}

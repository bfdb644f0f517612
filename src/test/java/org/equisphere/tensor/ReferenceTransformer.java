package org.equisphere.tensor;

/** GELU, layer normalisation, window attention, max pooling and patch merging in double, straight from their definitions. */
final class ReferenceTransformer {

    private ReferenceTransformer() {
    }

    /** The normal distribution function: Taylor's series of erf, and the continued fraction of erfc where that converges slowly. */
    static double distribution(double x) {
        double z = Math.abs(x) / Math.sqrt(2);
        double tail;
        if (z < 2) {
            double sum = 0;
            double power = z;
            for (int k = 0; k < 60; k++) {
                sum += power / (2 * k + 1);
                power *= -z * z / (k + 1);
            }
            tail = 0.5 - sum / Math.sqrt(Math.PI);
        } else {
            double fraction = 0;
            for (int k = 200; k >= 1; k--) {
                fraction = k / 2.0 / (z + fraction);
            }
            tail = 0.5 * Math.exp(-z * z) / Math.sqrt(Math.PI) / (z + fraction);
        }
        return x < 0 ? tail : 1 - tail;
    }

    static Expected gelu(double[] x) {
        Expected e = new Expected(x.length);
        for (int i = 0; i < x.length; i++) {
            e.add(i, x[i] * distribution(x[i]), Math.abs(x[i]));
        }
        return e;
    }

    /** @param dx what is added to, or null */
    static Expected geluBackward(double[] x, double[] dy, double[] dx) {
        Expected e = new Expected(x.length);
        for (int i = 0; i < x.length; i++) {
            double density = Math.exp(-x[i] * x[i] / 2) / Math.sqrt(2 * Math.PI);
            e.add(i, dy[i] * (distribution(x[i]) + x[i] * density), Math.abs(dy[i]) * (1 + Math.abs(x[i])));
            if (dx != null) {
                e.add(i, dx[i]);
            }
        }
        return e;
    }

    /** @param y what is added to, or null */
    static Expected scaleExamples(double[] factors, double[] x, double[] y) {
        Expected e = new Expected(x.length);
        for (int i = 0; i < x.length; i++) {
            e.add(i, factors[i / (x.length / factors.length)] * x[i]);
            if (y != null) {
                e.add(i, y[i]);
            }
        }
        return e;
    }

    private static double mean(double[] x, int row, int c) {
        double sum = 0;
        for (int j = 0; j < c; j++) {
            sum += x[row * c + j] / c;
        }
        return sum;
    }

    private static double variance(double[] x, int row, int c) {
        double sum = 0;
        for (int j = 0; j < c; j++) {
            sum += Math.pow(x[row * c + j] - mean(x, row, c), 2) / c;
        }
        return sum;
    }

    /** How far the inverse deviation may be off beside rounding, relative: as in {@link ReferenceNormalization}. */
    private static double looseness(double mean, double variance, double epsilon) {
        return 1 + (variance + Math.ulp(1f) * mean * mean) / (variance + epsilon);
    }

    static Expected layerNormalize(double[] x, double[] gamma, double[] beta, double epsilon) {
        int c = gamma.length;
        Expected e = new Expected(x.length);
        for (int row = 0; row < x.length / c; row++) {
            double mean = mean(x, row, c);
            double variance = variance(x, row, c);
            double inverse = 1 / Math.sqrt(variance + epsilon);
            for (int j = 0; j < c; j++) {
                int i = row * c + j;
                double scaled = gamma[j] * (x[i] - mean) * inverse;
                e.add(i, scaled, Math.abs(gamma[j]) * inverse * (Math.abs(x[i]) + Math.abs(mean))
                        + Math.abs(scaled) * looseness(mean, variance, epsilon));
                e.add(i, beta[j]);
                e.terms[i] = c;
            }
        }
        return e;
    }

    /** dx, dgamma, dbeta; @param dx what is added to, or null. */
    static Expected[] layerNormalizeBackward(double[] x, double[] gamma, double epsilon, double[] dy, double[] dx) {
        int c = gamma.length;
        Expected input = new Expected(x.length);
        Expected dgamma = new Expected(c);
        Expected dbeta = new Expected(c);
        for (int row = 0; row < x.length / c; row++) {
            double mean = mean(x, row, c);
            double variance = variance(x, row, c);
            double inverse = 1 / Math.sqrt(variance + epsilon);
            double loose = looseness(mean, variance, epsilon);
            double sum = 0;
            double sumSize = 0;
            double product = 0;
            double productSize = 0;
            double[] size = new double[c];
            for (int j = 0; j < c; j++) {
                int i = row * c + j;
                double xh = (x[i] - mean) * inverse;
                size[j] = (Math.abs(x[i]) + Math.abs(mean)) * inverse + Math.abs(xh) * loose;
                dgamma.add(j, dy[i] * xh, Math.abs(dy[i]) * size[j]);
                dbeta.add(j, dy[i]);
                sum += gamma[j] * dy[i] / c;
                sumSize += Math.abs(gamma[j] * dy[i]) / c;
                product += gamma[j] * dy[i] * xh / c;
                productSize += Math.abs(gamma[j] * dy[i]) * size[j] / c;
            }
            for (int j = 0; j < c; j++) {
                int i = row * c + j;
                double xh = (x[i] - mean) * inverse;
                input.add(i, inverse * (gamma[j] * dy[i] - sum - xh * product),
                        inverse * loose * (Math.abs(gamma[j] * dy[i]) + sumSize + size[j] * productSize));
                if (dx != null) {
                    input.add(i, dx[i]);
                }
                input.terms[i] = c;
            }
        }
        return new Expected[] {input, dgamma, dbeta};
    }

    /** A position of a token on the grid after the cyclic shift, cut into windows; parts of a window as torchvision's mask numbers them. */
    private record Place(int window, int row, int column, int part) {

        static Place of(WindowAttention g, int token) {
            int high = g.windowsDown() * g.window();
            int wide = g.windowsAcross() * g.window();
            int row = (token / g.width() % g.height() - g.shiftDown() + high) % high;
            int column = (token % g.width() - g.shiftAcross() + wide) % wide;
            int window = (token / g.width() / g.height() * g.windowsDown() + row / g.window()) * g.windowsAcross() + column / g.window();
            return new Place(window, row % g.window(), column % g.window(),
                    3 * part(row, high, g.window(), g.shiftDown()) + part(column, wide, g.window(), g.shiftAcross()));
        }

        private static int part(int at, int extent, int window, int shift) {
            return shift == 0 || at < extent - window ? 0 : at < extent - shift ? 1 : 2;
        }

        boolean sees(Place other) {
            return window == other.window && part == other.part;
        }

        int relativeTo(Place other, int window) {
            return (row - other.row + window - 1) * (2 * window - 1) + column - other.column + window - 1;
        }
    }

    /** What a token sees under one head: tokens, places in the bias, probabilities, and how large the relative error of each may be. */
    private static final class Row {

        private final int[] others;
        private final int[] relative;
        private final double[] p;
        private final double[] loose;

        Row(WindowAttention g, Place[] places, int i, int head, double[] qkv, double[] bias) {
            others = java.util.stream.IntStream.range(0, places.length).filter(j -> places[i].sees(places[j])).toArray();
            relative = new int[others.length];
            p = new double[others.length];
            loose = new double[others.length];
            double most = Double.NEGATIVE_INFINITY;
            double largest = 0;
            for (int k = 0; k < others.length; k++) {
                relative[k] = places[i].relativeTo(places[others[k]], g.window()) * g.heads() + head;
                p[k] = bias[relative[k]];
                loose[k] = Math.abs(bias[relative[k]]);
                for (int l = 0; l < g.headSize(); l++) {
                    double product = qkv[at(g, i, 0, head, l)] * qkv[at(g, others[k], 1, head, l)] / Math.sqrt(g.headSize());
                    p[k] += product;
                    loose[k] += Math.abs(product);
                }
                most = Math.max(most, p[k]);
                largest = Math.max(largest, loose[k]);
            }
            double sum = 0;
            for (int k = 0; k < p.length; k++) {
                p[k] = Math.exp(p[k] - most);
                sum += p[k];
                loose[k] += 4 + largest;
            }
            for (int k = 0; k < p.length; k++) {
                p[k] /= sum;
            }
        }
    }

    /** The place of element l of a token's query (kind 0), key (1) or value (2). */
    private static int at(WindowAttention g, int token, int kind, int head, int l) {
        return (token * 3 + kind) * g.channels() + head * g.headSize() + l;
    }

    private interface Visit {
        void row(int token, int head, Row row);
    }

    private static void everyRow(WindowAttention g, double[] qkv, double[] bias, Visit visit) {
        Place[] places = new Place[g.batch() * g.height() * g.width()];
        for (int i = 0; i < places.length; i++) {
            places[i] = Place.of(g, i);
        }
        for (int i = 0; i < places.length; i++) {
            for (int head = 0; head < g.heads(); head++) {
                visit.row(i, head, new Row(g, places, i, head, qkv, bias));
            }
        }
    }

    static Expected windowAttention(WindowAttention g, double[] qkv, double[] bias) {
        Expected e = new Expected(qkv.length / 3);
        everyRow(g, qkv, bias, (i, head, row) -> {
            for (int l = 0; l < g.headSize(); l++) {
                int to = i * g.channels() + head * g.headSize() + l;
                for (int k = 0; k < row.p.length; k++) {
                    double term = row.p[k] * qkv[at(g, row.others[k], 2, head, l)];
                    e.add(to, term, Math.abs(term) * row.loose[k]);
                }
                e.terms[to] += g.headSize();
            }
        });
        return e;
    }

    /** dqkv and dbias. */
    static Expected[] windowAttentionBackward(WindowAttention g, double[] qkv, double[] bias, double[] dy) {
        Expected dqkv = new Expected(qkv.length);
        Expected dbias = new Expected(bias.length);
        double scale = 1 / Math.sqrt(g.headSize());
        everyRow(g, qkv, bias, (i, head, row) -> {
            double[] dp = new double[row.p.length];
            double[] size = new double[row.p.length];
            double mean = 0;
            double meanSize = 0;
            for (int k = 0; k < dp.length; k++) {
                for (int l = 0; l < g.headSize(); l++) {
                    double upper = dy[i * g.channels() + head * g.headSize() + l];
                    int value = at(g, row.others[k], 2, head, l);
                    dp[k] += upper * qkv[value];
                    size[k] += Math.abs(upper * qkv[value]);
                    dqkv.add(value, row.p[k] * upper, row.p[k] * Math.abs(upper) * row.loose[k]);
                }
                mean += row.p[k] * dp[k];
                meanSize += row.p[k] * (size[k] + Math.abs(dp[k]) * row.loose[k]);
            }
            for (int k = 0; k < dp.length; k++) {
                double ds = row.p[k] * (dp[k] - mean);
                double dsSize = row.p[k] * (Math.abs(dp[k] - mean) * row.loose[k] + size[k] + meanSize);
                dbias.add(row.relative[k], ds, dsSize);
                for (int l = 0; l < g.headSize(); l++) {
                    int query = at(g, i, 0, head, l);
                    int key = at(g, row.others[k], 1, head, l);
                    dqkv.add(query, scale * ds * qkv[key], scale * dsSize * Math.abs(qkv[key]));
                    dqkv.add(key, scale * ds * qkv[query], scale * dsSize * Math.abs(qkv[query]));
                }
            }
        });
        return new Expected[] {dqkv, dbias};
    }

    private interface Window {
        void at(int y, int largest);
    }

    private static void everyWindow(Convolution g, double[] x, Window window) {
        int c = g.inChannels();
        for (int i = 0; i < g.positions() * c; i++) {
            int column = i / c % g.outWidth() * g.stride() - g.padding();
            int row = i / c / g.outWidth() % g.outHeight() * g.stride() - g.padding();
            int image = i / c / g.outWidth() / g.outHeight();
            int found = -1;
            for (int k = 0; k < g.kernel() * g.kernel(); k++) {
                int r = row + k / g.kernel();
                int s = column + k % g.kernel();
                int at = ((image * g.height() + r) * g.width() + s) * c + i % c;
                if (r >= 0 && r < g.height() && s >= 0 && s < g.width() && (found < 0 || x[at] > x[found])) {
                    found = at;
                }
            }
            window.at(i, found);
        }
    }

    static Expected maxPool(Convolution g, double[] x) {
        Expected e = new Expected(g.positions() * g.inChannels());
        everyWindow(g, x, (y, largest) -> e.add(y, x[largest], 0));
        return e;
    }

    /** @param dx what is added to, or null */
    static Expected maxPoolBackward(Convolution g, double[] x, double[] dy, double[] dx) {
        Expected e = new Expected(x.length);
        everyWindow(g, x, (y, largest) -> e.add(largest, dy[y]));
        for (int i = 0; dx != null && i < dx.length; i++) {
            e.add(i, dx[i]);
        }
        return e;
    }

    /** Where element i of merged patches comes from in [n, h, w, c], -1 for the zeros. */
    private static int source(int i, int h, int w, int c) {
        int part = i % (4 * c) / c;
        int position = i / (4 * c);
        int across = (w + 1) / 2;
        int down = (h + 1) / 2;
        int column = position % across * 2 + (part >= 2 ? 1 : 0);
        int row = position / across % down * 2 + (part % 2 == 1 ? 1 : 0);
        return row < h && column < w ? ((position / across / down * h + row) * w + column) * c + i % c : -1;
    }

    static Expected mergePatches(double[] x, int n, int h, int w, int c) {
        Expected e = new Expected(n * ((h + 1) / 2) * ((w + 1) / 2) * 4 * c);
        for (int i = 0; i < e.value.length; i++) {
            int from = source(i, h, w, c);
            e.add(i, from < 0 ? 0 : x[from], 0);
        }
        return e;
    }

    /** @param dx what is added to, or null */
    static Expected mergePatchesBackward(double[] dy, int n, int h, int w, int c, double[] dx) {
        Expected e = new Expected(n * h * w * c);
        for (int i = 0; i < dy.length; i++) {
            int from = source(i, h, w, c);
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

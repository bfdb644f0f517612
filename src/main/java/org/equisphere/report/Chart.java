package org.equisphere.report;

/**
 * A small chart as inline SVG: axes with round ticks, then lines, bars and areas. Colours are CSS classes of the page, so that it
 * is read by day and by night.
 */
final class Chart {

    private static final int LEFT = 52;
    private static final int RIGHT = 12;
    private static final int TOP = 12;
    private static final int BOTTOM = 34;
    private static final int TICKS = 5;

    private final Markup svg = new Markup();
    private final int width;
    private final int height;
    private final double fromX;
    private final double toX;
    private final double fromY;
    private final double toY;

    /**
     * @param name what it shows, for readers who do not see it
     * @param unit of the horizontal axis
     */
    Chart(String name, String unit, int width, int height, double fromX, double toX, double lowest, double highest) {
        this.width = width;
        this.height = height;
        this.fromX = fromX;
        this.toX = toX > fromX ? toX : fromX + 1;
        double step = step(Math.max(highest - lowest, 1e-9 * Math.max(1, Math.abs(highest))));
        this.fromY = Math.floor(lowest / step) * step;
        this.toY = Math.max(Math.ceil(highest / step) * step, fromY + step);
        svg.open("svg", "xmlns", "http://www.w3.org/2000/svg", "viewBox", "0 0 " + width + " " + height, "role", "img", "aria-label", name);
        for (double y = fromY; y <= toY + step / 2; y += step) {
            svg.empty("line", "class", "grid", "x1", LEFT, "x2", width - RIGHT, "y1", y(y), "y2", y(y));
            svg.leaf("text", label(y, step), "class", "tick", "x", LEFT - 6, "y", y(y) + 3.5, "text-anchor", "end");
        }
        double across = step(this.toX - fromX);
        for (double x = Math.ceil(fromX / across) * across; x <= this.toX + 1e-9; x += across) {
            svg.leaf("text", label(x, across), "class", "tick", "x", x(x), "y", height - BOTTOM + 15, "text-anchor", "middle");
        }
        svg.leaf("text", unit, "class", "tick", "x", (LEFT + width - RIGHT) / 2, "y", height - 4, "text-anchor", "middle");
    }

    /** The round step that makes about {@value #TICKS} of a span: 1, 2 or 5 times a power of ten. */
    private static double step(double span) {
        double rough = span / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double share = rough / power;
        return power * (share <= 1.0001 ? 1 : share <= 2.0001 ? 2 : share <= 5.0001 ? 5 : 10);
    }

    private static String label(double value, double step) {
        int decimals = Math.max(0, (int) -Math.floor(Math.log10(step) + 1e-9));
        return Markup.format("%." + Math.min(6, decimals) + "f", Math.abs(value) < step / 1e6 ? 0 : value);
    }

    private double x(double value) {
        return LEFT + (value - fromX) / (toX - fromX) * (width - LEFT - RIGHT);
    }

    private double y(double value) {
        return height - BOTTOM - (value - fromY) / (toY - fromY) * (height - TOP - BOTTOM);
    }

    /** A line through points, those that are not finite left out; with dots where there are few. */
    Chart line(String colour, double[] xs, double[] ys) {
        StringBuilder points = new StringBuilder();
        for (int k = 0; k < xs.length; k++) {
            if (Double.isFinite(ys[k])) {
                points.append(Markup.format("%.1f,%.1f ", x(xs[k]), y(ys[k])));
            }
        }
        svg.empty("polyline", "class", "line " + colour, "points", points.toString().strip());
        for (int k = 0; k < xs.length && xs.length <= 40; k++) {
            if (Double.isFinite(ys[k])) {
                svg.open("circle", "class", "dot " + colour, "cx", x(xs[k]), "cy", y(ys[k]), "r", 2.6)
                        .leaf("title", label(xs[k], 1) + ": " + Markup.number(ys[k])).close("circle");
            }
        }
        return this;
    }

    /** A bar from 0 at each point. */
    Chart bars(String colour, double[] xs, double[] ys) {
        double room = 0.7 * (width - LEFT - RIGHT) / Math.max(1, toX - fromX);
        for (int k = 0; k < xs.length; k++) {
            double wide = Math.max(1, Math.min(26, room));
            svg.open("rect", "class", "bar " + colour, "x", x(xs[k]) - wide / 2, "y", y(ys[k]),
                    "width", wide, "height", Math.max(0, y(0) - y(ys[k])), "rx", 1.5)
                    .leaf("title", label(xs[k], 1) + ": " + Markup.number(ys[k])).close("rect");
        }
        return this;
    }

    /** A histogram's steps, filled down to 0: bin k from k * width of a bin on. */
    Chart area(String colour, double[] shares, double bin) {
        StringBuilder path = new StringBuilder(Markup.format("M%.1f %.1f", x(fromX), y(0)));
        for (int k = 0; k < shares.length; k++) {
            if ((k + 1) * bin > fromX && k * bin < toX) {
                double left = x(Math.max(fromX, k * bin));
                double right = x(Math.min(toX, (k + 1) * bin));
                path.append(Markup.format("L%.1f %.1fL%.1f %.1f", left, y(shares[k]), right, y(shares[k])));
            }
        }
        path.append(Markup.format("L%.1f %.1fZ", x(toX), y(0)));
        svg.empty("path", "class", "area " + colour, "d", path.toString());
        return this;
    }

    /** A dashed upright line with a word at its top. */
    Chart mark(double at, String word) {
        boolean right = x(at) > (LEFT + width) / 2.0;
        svg.empty("line", "class", "mark", "x1", x(at), "x2", x(at), "y1", TOP, "y2", y(fromY));
        svg.leaf("text", word, "class", "tick", "x", x(at) + (right ? -5 : 5), "y", TOP + 9, "text-anchor", right ? "end" : "start");
        return this;
    }

    Markup markup() {
        return new Markup().add(svg).close("svg");
    }
}

package org.equisphere.data.reader;

import org.equisphere.data.RandomStream;
import org.equisphere.data.reader.SyntheticScene.Kind;
import org.equisphere.data.reader.SyntheticScene.Shape;
import org.equisphere.data.reader.SyntheticScene.Texture;

/**
 * One look at a {@link SyntheticScene}: the pose, light, texture phases and distractors of one example, and its painting. All arithmetic is
 * IEEE basic operations and a sine table made by {@link StrictMath}, so the bytes do not depend on the machine.
 */
final class SyntheticView {
    private static final int DISTRACTORS = 3;
    private static final double TURN = 0.09;
    private static final double SHIFT = 0.40;
    private static final double HUE_SHIFT = 0.35;
    private static final double NOISE = 0.15;
    private static final double SATURATION = 0.55;
    private static final double TEXTURE_ON_SHAPE = 0.8;
    /** Width of a shape's soft edge, in the frame; a pixel is 1/16. */
    private static final double EDGE = 0.06;

    private static final int SINE_STEPS = 1024;
    private static final double[] SINE = new double[SINE_STEPS + 1];

    static {
        for (int k = 0; k <= SINE_STEPS; k++) {
            SINE[k] = StrictMath.sin(2 * StrictMath.PI * k / SINE_STEPS);
        }
    }

    private final RandomStream random;
    private final double hueShift;
    private final double contrast;
    private final double brightness;
    /** Rotation, scale and mirror from the picture to the scene's frame, row by row, then the shift. */
    private final double xx;
    private final double xy;
    private final double yx;
    private final double yy;
    private final double x0;
    private final double y0;
    private final Wave[] background;
    private final Blot[] blots;
    private final double[] ground;

    SyntheticView(SyntheticScene scene, RandomStream random) {
        this.random = random;
        double turn = random.nextDouble(-TURN, TURN);
        double zoom = random.nextDouble(0.75, 1.33);
        double mirror = random.nextBoolean() ? -1 : 1;
        xx = sine(turn + 0.25) * zoom * mirror;
        xy = -sine(turn) * zoom;
        yx = sine(turn) * zoom * mirror;
        yy = sine(turn + 0.25) * zoom;
        x0 = random.nextDouble(-SHIFT, SHIFT);
        y0 = random.nextDouble(-SHIFT, SHIFT);
        hueShift = random.nextDouble(-HUE_SHIFT, HUE_SHIFT);
        contrast = random.nextDouble(0.4, 1.1);
        brightness = random.nextDouble(-0.15, 0.15);
        ground = colour(scene.hue(), scene.value());
        background = new Wave[scene.textures().length];
        for (int k = 0; k < background.length; k++) {
            background[k] = new Wave(scene.textures()[k]);
        }
        int own = scene.shapes().length;
        blots = new Blot[own + DISTRACTORS];
        for (int k = 0; k < own; k++) {
            blots[k] = new Blot(scene.shapes()[k]);
        }
        for (int k = own; k < blots.length; k++) {
            blots[k] = new Blot(distractor());
        }
    }

    /** A small shape that belongs to no class, anywhere in the frame. */
    private Shape distractor() {
        return new Shape(SyntheticScene.anyKind(random), random.nextDouble(-1, 1), random.nextDouble(-1, 1), random.nextDouble(0.12, 0.28),
                random.nextDouble(), random.nextDouble(), random.nextDouble(0.2, 0.8), Texture.draw(random));
    }

    /** A texture with its phase in this view: colour += rgb * sin(2 pi (fx x + fy y + phase)). */
    private final class Wave {
        final double fx;
        final double fy;
        final double phase;
        final double[] rgb;

        Wave(Texture texture) {
            fx = texture.frequency() * sine(texture.angle() + 0.25);
            fy = texture.frequency() * sine(texture.angle());
            phase = random.nextDouble();
            rgb = colour(texture.hue(), texture.amplitude());
        }

        double at(double x, double y) {
            return sine(fx * x + fy * y + phase);
        }
    }

    /** A shape with its colours in this view. */
    private final class Blot {
        final Shape shape;
        final double cos;
        final double sin;
        final double[] rgb;
        final Wave wave;

        Blot(Shape shape) {
            this.shape = shape;
            cos = sine(shape.angle() + 0.25);
            sin = sine(shape.angle());
            rgb = colour(shape.hue(), shape.value());
            wave = new Wave(shape.texture());
        }

        /** How much of the point the shape covers, 0..1. */
        double cover(double x, double y) {
            double dx = x - shape.x();
            double dy = y - shape.y();
            double inside = 0.5 - distance(shape.kind(), cos * dx + sin * dy, cos * dy - sin * dx, shape.size()) / EDGE;
            return Math.max(0, Math.min(1, inside));
        }
    }

    /** Red, green and blue of a hue in this view's light, around {@code value}. */
    private double[] colour(double hue, double value) {
        double[] rgb = new double[3];
        for (int c = 0; c < 3; c++) {
            rgb[c] = value * (1 + SATURATION * sine(hue + hueShift + c / 3.0));
        }
        return rgb;
    }

    /** Distance to the outline, exact or bounded near it; negative inside. */
    private static double distance(Kind kind, double x, double y, double size) {
        double ax = Math.abs(x);
        double ay = Math.abs(y);
        return switch (kind) {
            case DISK -> Math.sqrt(x * x + y * y) - size;
            case RING -> Math.abs(Math.sqrt(x * x + y * y) - 0.8 * size) - 0.25 * size;
            case SQUARE -> Math.max(ax, ay) - 0.85 * size;
            case BAR -> Math.max(ax - 1.5 * size, ay - 0.4 * size);
            case CROSS -> Math.min(Math.max(ax - 1.2 * size, ay - 0.3 * size), Math.max(ay - 1.2 * size, ax - 0.3 * size));
            case TRIANGLE -> Math.max(-y - 0.6 * size, 0.866 * ax + 0.5 * y - 0.6 * size);
        };
    }

    /** Sine of an angle in turns, linear between {@value #SINE_STEPS} steps: within 5e-6. */
    private static double sine(double turns) {
        double at = (turns - Math.floor(turns)) * SINE_STEPS;
        int k = (int) at;
        return SINE[k] + (at - k) * (SINE[k + 1] - SINE[k]);
    }

    /**
     * Paints the view.
     *
     * @param pixels modified: side * side * 3 bytes (y, x, channel) from {@code at} on
     */
    void paint(byte[] pixels, int at, int side) {
        double[] rgb = new double[3];
        for (int row = 0, o = at; row < side; row++) {
            double py = (2 * row + 1.0) / side - 1;
            for (int column = 0; column < side; column++) {
                double px = (2 * column + 1.0) / side - 1;
                shade(xx * px + xy * py + x0, yx * px + yy * py + y0, rgb);
                for (int c = 0; c < 3; c++) {
                    double lit = 0.5 + contrast * (rgb[c] - 0.5) + brightness + NOISE * random.nextGaussian();
                    pixels[o++] = (byte) (int) (255 * Math.max(0, Math.min(1, lit)) + 0.5);
                }
            }
        }
    }

    /** The colour of a point of the scene, before light and noise: the background, then each shape over it. */
    private void shade(double x, double y, double[] rgb) {
        System.arraycopy(ground, 0, rgb, 0, 3);
        for (Wave wave : background) {
            add(rgb, wave, wave.at(x, y));
        }
        for (Blot blot : blots) {
            double cover = blot.cover(x, y);
            if (cover > 0) {
                double wave = TEXTURE_ON_SHAPE * blot.wave.at(x, y);
                for (int c = 0; c < 3; c++) {
                    rgb[c] += cover * (blot.rgb[c] + wave * blot.wave.rgb[c] - rgb[c]);
                }
            }
        }
    }

    private static void add(double[] rgb, Wave wave, double height) {
        for (int c = 0; c < 3; c++) {
            rgb[c] += height * wave.rgb[c];
        }
    }
}

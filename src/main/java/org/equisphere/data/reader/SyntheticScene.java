package org.equisphere.data.reader;

import org.equisphere.data.RandomStream;

/**
 * What makes a class of the synthetic images: a textured background and a few textured shapes, in a frame of [-1, 1] x [-1, 1]. Angles and
 * hues are in turns, frequencies in cycles per unit of the frame.
 */
record SyntheticScene(double hue, double value, Texture[] textures, Shape[] shapes) {
    private static final int TEXTURES = 2;
    private static final int SHAPES = 3;

    // How far a member strays from its family, one standard deviation each.
    private static final double STRAY_ANGLE = 0.02;
    private static final double STRAY_LOG_SIZE = 0.07;
    private static final double STRAY_PLACE = 0.08;
    private static final double STRAY_HUE = 0.04;

    /** A sinusoid of colour. */
    record Texture(double angle, double frequency, double hue, double amplitude) {
        Texture stray(RandomStream r) {
            return new Texture(angle + STRAY_ANGLE * r.nextGaussian(), frequency * StrictMath.exp(STRAY_LOG_SIZE * r.nextGaussian()),
                    hue + STRAY_HUE * r.nextGaussian(), amplitude);
        }

        static Texture draw(RandomStream r) {
            return new Texture(r.nextDouble(), r.nextDouble(1.0, 3.5), r.nextDouble(), r.nextDouble(0.12, 0.28));
        }
    }

    /** Outlines; the distance to them is negative inside. */
    enum Kind { DISK, RING, SQUARE, BAR, CROSS, TRIANGLE }

    /** A shape at (x, y), half as wide as {@code size} says its frame is, turned by {@code angle}. */
    record Shape(Kind kind, double x, double y, double size, double angle, double hue, double value, Texture texture) {
        Shape stray(RandomStream r) {
            return new Shape(kind, x + STRAY_PLACE * r.nextGaussian(), y + STRAY_PLACE * r.nextGaussian(),
                    size * StrictMath.exp(STRAY_LOG_SIZE * r.nextGaussian()), angle + STRAY_ANGLE * r.nextGaussian(),
                    hue + STRAY_HUE * r.nextGaussian(), value, texture.stray(r));
        }

        Shape as(Kind other) {
            return new Shape(other, x, y, size, angle, hue, value, texture);
        }

        static Shape draw(RandomStream r) {
            return new Shape(anyKind(r), r.nextDouble(-0.6, 0.6), r.nextDouble(-0.6, 0.6), r.nextDouble(0.22, 0.45), r.nextDouble(),
                    r.nextDouble(), r.nextDouble(0.25, 0.75), Texture.draw(r));
        }
    }

    static Kind anyKind(RandomStream r) {
        Kind[] kinds = Kind.values();
        return kinds[r.nextInt(kinds.length)];
    }

    /** The scene of class c: its family's, strayed from, one shape's outline drawn anew. */
    static SyntheticScene draw(long seed, int family, int c) {
        SyntheticScene common = drawFamily(new RandomStream(seed, RandomStream.SYNTHETIC_CLASS, family, 0));
        RandomStream r = new RandomStream(seed, RandomStream.SYNTHETIC_CLASS, c, 1);
        Texture[] textures = new Texture[TEXTURES];
        for (int k = 0; k < TEXTURES; k++) {
            textures[k] = common.textures[k].stray(r);
        }
        Shape[] shapes = new Shape[SHAPES];
        for (int k = 0; k < SHAPES; k++) {
            shapes[k] = common.shapes[k].stray(r);
        }
        int changed = r.nextInt(SHAPES);
        shapes[changed] = shapes[changed].as(anyKind(r));
        return new SyntheticScene(common.hue + STRAY_HUE * r.nextGaussian(), common.value, textures, shapes);
    }

    private static SyntheticScene drawFamily(RandomStream r) {
        double hue = r.nextDouble();
        double value = r.nextDouble(0.35, 0.65);
        Texture[] textures = new Texture[TEXTURES];
        for (int k = 0; k < TEXTURES; k++) {
            textures[k] = Texture.draw(r);
        }
        Shape[] shapes = new Shape[SHAPES];
        for (int k = 0; k < SHAPES; k++) {
            shapes[k] = Shape.draw(r);
        }
        return new SyntheticScene(hue, value, textures, shapes);
    }
}

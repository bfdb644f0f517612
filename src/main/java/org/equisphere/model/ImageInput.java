package org.equisphere.model;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;

/** Images as network inputs. */
final class ImageInput {

    private ImageInput() {
    }

    /**
     * Scales the shorter side to the input's, cuts the middle out and gives RGB (3 channels) or luma (1 channel) in 0..1, NHWC.
     *
     * @param shape {height, width, channels}
     */
    static float[] example(BufferedImage image, int[] shape) {
        if (shape.length != 3 || shape[2] != 1 && shape[2] != 3) {
            throw new IllegalArgumentException("this classifier takes " + java.util.Arrays.toString(shape) + ", not an image");
        }
        int height = shape[0];
        int width = shape[1];
        BufferedImage fitted = fit(image, height, width);
        float[] example = new float[height * width * shape[2]];
        for (int y = 0, at = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                int rgb = fitted.getRGB(x, y);
                float r = (rgb >> 16 & 255) / 255f;
                float g = (rgb >> 8 & 255) / 255f;
                float b = (rgb & 255) / 255f;
                if (shape[2] == 1) {
                    example[at++] = r == g && g == b ? r : 0.299f * r + 0.587f * g + 0.114f * b;
                } else {
                    example[at++] = r;
                    example[at++] = g;
                    example[at++] = b;
                }
            }
        }
        return example;
    }

    private static BufferedImage fit(BufferedImage image, int height, int width) {
        if (image.getHeight() == height && image.getWidth() == width) {
            return image;
        }
        double scale = Math.max((double) height / image.getHeight(), (double) width / image.getWidth());
        double w = image.getWidth() * scale;
        double h = image.getHeight() * scale;
        BufferedImage fitted = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
        Graphics2D graphics = fitted.createGraphics();
        graphics.setRenderingHint(RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
        graphics.drawImage(image, (int) Math.round((width - w) / 2), (int) Math.round((height - h) / 2), (int) Math.round(w), (int) Math.round(h), null);
        graphics.dispose();
        return fitted;
    }
}

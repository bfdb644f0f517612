package org.equisphere.fuzz;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** Damages files in the ways that break readers: flipped bits, lost, repeated and foreign parts, and numbers no honest writer would put there. */
final class Mutator {

    private static final long[] HOSTILE = {0, 1, -1, 2, 127, 128, 255, 256, 65_535, 65_536, 1 << 24, 1 << 28, 1 << 30,
        Integer.MAX_VALUE, Integer.MAX_VALUE - 8, Integer.MIN_VALUE, 0xFFFFFFFFL, 1L << 32, 1L << 40, Long.MAX_VALUE, Long.MIN_VALUE};
    private static final String[] HOSTILE_DIGITS = {"0", "-1", "1", "65536", "2147483647",
        "2147483648", "4294967296", "99999999999999999999", "1e9", "0x7f"};
    /** Headers are short, so half of the damage is done near the beginning. */
    private static final int HEAD = 200;

    private final SplittableRandom random;

    Mutator(long seed) {
        random = new SplittableRandom(seed);
    }

    boolean chance(double share) {
        return random.nextDouble() < share;
    }

    /** A damaged copy of one of some sound files. */
    byte[] damage(List<byte[]> sound) {
        byte[] bytes = sound.get(random.nextInt(sound.size())).clone();
        for (int left = 1 + random.nextInt(3) * random.nextInt(3); left > 0; left--) {
            bytes = damage(bytes, sound);
        }
        return bytes;
    }

    private byte[] damage(byte[] bytes, List<byte[]> sound) {
        if (bytes.length == 0) {
            return random(1 + random.nextInt(40));
        }
        return switch (random.nextInt(10)) {
            case 0, 1 -> flipBit(bytes);
            case 2, 3, 4 -> hostileNumber(bytes);
            case 5 -> hostileDigits(bytes);
            case 6 -> Arrays.copyOf(bytes, place(bytes));
            case 7 -> replace(bytes, block(bytes));
            case 8 -> insert(bytes, block(sound.get(random.nextInt(sound.size()))));
            default -> random.nextBoolean() ? without(bytes) : replace(bytes, random(1 + random.nextInt(32)));
        };
    }

    private int place(byte[] bytes) {
        return random.nextInt(random.nextBoolean() ? Math.min(HEAD, bytes.length) : bytes.length);
    }

    private byte[] random(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) random.nextInt();
        }
        return bytes;
    }

    private byte[] flipBit(byte[] bytes) {
        bytes[place(bytes)] ^= (byte) (1 << random.nextInt(8));
        return bytes;
    }

    /** A number of 1, 2, 4 or 8 bytes in either order, often next to what an honest one could be. */
    private byte[] hostileNumber(byte[] bytes) {
        int width = 1 << random.nextInt(4);
        long value = random.nextInt(4) == 0 ? bytes.length : HOSTILE[random.nextInt(HOSTILE.length)];
        value += random.nextInt(4) == 0 ? random.nextInt(3) - 1 : 0;
        boolean bigEndian = random.nextBoolean();
        int at = place(bytes);
        for (int k = 0; k < width && at + k < bytes.length; k++) {
            bytes[at + k] = (byte) (value >> 8 * (bigEndian ? width - 1 - k : k));
        }
        return bytes;
    }

    /** Replaces a number written in digits. */
    private byte[] hostileDigits(byte[] bytes) {
        int at = place(bytes);
        for (int i = 0; i < HEAD && !Character.isDigit(bytes[at]); i++) {
            at = (at + 1) % bytes.length;
        }
        int end = at;
        while (end < bytes.length && Character.isDigit(bytes[end])) {
            end++;
        }
        byte[] digits = HOSTILE_DIGITS[random.nextInt(HOSTILE_DIGITS.length)].getBytes(java.nio.charset.StandardCharsets.US_ASCII);
        return join(Arrays.copyOf(bytes, at), digits, Arrays.copyOfRange(bytes, end, bytes.length));
    }

    private byte[] block(byte[] bytes) {
        int from = place(bytes);
        return Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + 1 + random.nextInt(64)));
    }

    private byte[] replace(byte[] bytes, byte[] block) {
        int at = place(bytes);
        System.arraycopy(block, 0, bytes, at, Math.min(block.length, bytes.length - at));
        return bytes;
    }

    /** Puts a block in, once or many times over. */
    private byte[] insert(byte[] bytes, byte[] block) {
        int at = place(bytes);
        byte[] repeated = block;
        for (int times = random.nextInt(8) == 0 ? 6 : 0; times > 0; times--) {
            repeated = join(repeated, repeated);
        }
        return join(Arrays.copyOf(bytes, at), repeated, Arrays.copyOfRange(bytes, at, bytes.length));
    }

    private byte[] without(byte[] bytes) {
        int from = place(bytes);
        return join(Arrays.copyOf(bytes, from), Arrays.copyOfRange(bytes, Math.min(bytes.length, from + 1 + random.nextInt(64)), bytes.length));
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        byte[] all = new byte[length];
        int at = 0;
        for (byte[] part : parts) {
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }
}

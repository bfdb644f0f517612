package org.equisphere.interchange;

import java.nio.ByteBuffer;

/** The element types of tensors in files, under safetensors' names. Only floating ones are turned into numbers here. */
enum ElementType {
    F64(8, "DoubleStorage"), F32(4, "FloatStorage"), F16(2, "HalfStorage"), BF16(2, "BFloat16Storage"),
    I64(8, "LongStorage"), I32(4, "IntStorage"), I16(2, "ShortStorage"), I8(1, "CharStorage"), U8(1, "ByteStorage"), BOOL(1, "BoolStorage"),
    U64(8, ""), U32(4, ""), U16(2, ""), F8_E4M3(1, ""), F8_E5M2(1, "");

    /** Bytes of one element. */
    final int bytes;
    /** The name of PyTorch's storage class. */
    final String storage;

    ElementType(int bytes, String storage) {
        this.bytes = bytes;
        this.storage = storage;
    }

    /** Whether {@link #get} reads it. */
    boolean floating() {
        return ordinal() <= BF16.ordinal();
    }

    /** Element i of little-endian data, rounded to float32. */
    float get(ByteBuffer data, int i) {
        return switch (this) {
            case F64 -> (float) data.getDouble(8 * i);
            case F32 -> data.getFloat(4 * i);
            case F16 -> half(data.getShort(2 * i));
            case BF16 -> Float.intBitsToFloat(data.getShort(2 * i) << 16);
            default -> throw new IllegalStateException(this + " is no floating type");
        };
    }

    /** IEEE 754 binary16: 1 sign bit, 5 of exponent, 10 of fraction. */
    private static float half(short bits) {
        int exponent = bits >> 10 & 31;
        int fraction = bits & 1023;
        float magnitude = exponent == 0 ? fraction * 0x1p-24f
                : Float.intBitsToFloat((exponent == 31 ? 255 : exponent + 112) << 23 | fraction << 13);
        return bits < 0 ? -magnitude : magnitude;
    }
}

package org.equisphere.cuda;

import java.util.Locale;

/** How exactly matrix products and convolutions take their factors; they are float32 in memory and summed in float32 in any case. */
enum Precision {

    /** float32 throughout: the default, and what the contract of {@code Backend} holds for. */
    FP32,
    /** Factors rounded to 10 bits of mantissa, on the tensor cores: an error of about 2^-10 of the sum of the terms' sizes at most. */
    TF32,
    /** Factors rounded to 7 bits of mantissa, likewise: about 2^-7; those of convolutions to 10. */
    BF16;

    /** System property: {@code fp32}, {@code tf32} or {@code bf16}. */
    static final String PROPERTY = "equisphere.cuda.precision";

    /** The least compute capability with tensor cores for {@link #TF32} and {@link #BF16}: 8.0, Ampere. */
    static final int LEAST_CAPABILITY = 80;

    /**
     * What the property asks for.
     *
     * @throws IllegalArgumentException for an unknown word
     */
    static Precision ofProperty() {
        String word = System.getProperty(PROPERTY, "fp32");
        for (Precision precision : values()) {
            if (precision.word().equals(word)) {
                return precision;
            }
        }
        throw new IllegalArgumentException("system property " + PROPERTY + " is \"" + word + "\", expected fp32, tf32 or bf16");
    }

    /** What a card of a compute capability, major times ten plus minor, makes of it: {@link #FP32} where it has no such cores. */
    Precision on(int capability) {
        return capability >= LEAST_CAPABILITY ? this : FP32;
    }

    String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}

/**
 * The trained classifier as users embed it: one file, one object, thread-safe prediction; needs EJML and nothing else.
 *
 * <h2>The model file, version 1</h2>
 * Little-endian; {@code text} is an int32 byte count and that many bytes of UTF-8; {@code floats}, {@code doubles} and {@code ints} are an
 * int32 element count and the elements.
 * <pre>
 * 8 bytes   "EQUISPHR"
 * int32     format version, 1
 * text      architecture, for instance "resnet20"
 * ints      shape of one input example: {height, width, channels} or {features}
 * int32     dimension d of the embedding
 * int32     number of labels c, then c texts: the label names
 * floats    mean per channel, floats: standard deviation per channel (both empty: input is taken as it is)
 * int32     readout: 0 prototypes by cosines, 1 softmax, 2 prototypes by inner products
 *   but 1:  int32 n, doubles: prototypes [n, d], ints: the prototype of each label [c], different from one another
 * floats    learned parameters, in the network's order
 * floats    statistics (running means and variances), in the network's order
 * int32     number of provenance entries, then that many pairs of texts; "confidence_temperature" is what scores are divided by before the
 *           softmax that makes probabilities of them, without it 0.07 for cosines and 1 otherwise; "image_resize" is what the shorter side of an
 *           image is scaled to before the input is cut out of its middle, without it as little as covers the input
 * 32 bytes  SHA-256 of everything before
 * </pre>
 */
package org.equisphere.model;

/**
 * The one seam between what is computed and where it is computed.
 *
 * <p>A {@link org.equisphere.tensor.Tensor} is a shape over a storage; a {@link org.equisphere.tensor.Backend} is a set of whole
 * tensor operations on tensors that it made. Numbers are float32, row-major; images are NHWC, convolution weights HWIO.
 */
package org.equisphere.tensor;

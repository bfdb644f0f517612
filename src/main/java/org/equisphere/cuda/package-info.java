/**
 * The GPU: {@link org.equisphere.tensor.Backend}'s operations as the hand-written kernels of {@code kernels/*.cu}, launched through JCuda's
 * driver API. The only package that knows jcuda; it is found by {@link java.util.ServiceLoader} and loads where JCuda is missing.
 *
 * <p>{@code CudaBackend} speaks to a {@code KernelLauncher}: the driver's in production, a host emulation of the same kernel sources in tests.
 */
package org.equisphere.cuda;

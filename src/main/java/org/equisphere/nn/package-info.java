/**
 * Networks: layers written once against {@link org.equisphere.tensor.Backend}, with explicit forward and backward passes.
 *
 * <p>A {@link org.equisphere.nn.Network} is an immutable description: which layers, which parameters. Its
 * {@link org.equisphere.nn.Weights} live on one backend. A {@link org.equisphere.nn.TrainingPass} or an
 * {@link org.equisphere.nn.InferencePass} is the network planned for a batch size on that backend: all activations, gradients and
 * workspaces are taken once, so that a step allocates nothing.
 */
package org.equisphere.nn;

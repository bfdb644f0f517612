/**
 * Points spread evenly over the unit sphere: the prototypes of a hyperspherical classifier.
 *
 * <p>{@link org.equisphere.sphere.PrototypeOptimizer} finds them, by the Gaussian potential of
 * {@link org.equisphere.sphere.GaussianPotential} or by the largest pairwise cosine;
 * {@link org.equisphere.sphere.SphericalCodes} builds the arrangements known in closed form;
 * {@link org.equisphere.sphere.Separation} measures the result and
 * {@link org.equisphere.sphere.SeparationBounds} says how much better any arrangement could be.
 * Everything here is computed in double precision on the CPU.
 */
package org.equisphere.sphere;

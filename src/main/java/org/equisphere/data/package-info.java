/**
 * Images as inputs, and labelled examples: stratified and long-tailed subsets, augmentation, NumPy's arrays, and the loader that assembles batches
 * on other threads while a training step runs.
 *
 * <p>Everything random is a function of (seed, epoch, position), never of the number of threads.
 */
package org.equisphere.data;

/**
 * Training: a {@link org.equisphere.train.Trainer} alternates epochs of gradient descent on the network with a new assignment of labels to
 * prototypes, tells {@link org.equisphere.train.TrainingListener}s what happens, and can go on from a {@link org.equisphere.train.Checkpoint}.
 */
package org.equisphere.train;

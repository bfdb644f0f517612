/**
 * Training: a {@link org.equisphere.train.Trainer} alternates epochs of gradient descent on the network with a new assignment of labels to
 * prototypes, tells {@link org.equisphere.train.TrainingListener}s what happens, and can go on from a checkpoint. It ends with a
 * {@link org.equisphere.train.TrainedNetwork}, whose classifier is what a program saves and predicts with.
 */
package org.equisphere.train;

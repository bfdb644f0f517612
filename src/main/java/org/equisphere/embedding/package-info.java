/**
 * A head for embeddings that come from elsewhere: a language model's, an image encoder's, a sensor's.
 * {@link org.equisphere.embedding.HypersphericalHead} trains a small projection onto the sphere with dynamic label-to-prototype assignment, and then
 * codes, ranks, rejects what is unknown and takes in new classes, from any number of threads. In a jar of its own, {@code equisphere-embedding.jar}:
 * a program that only predicts, or trains networks, does without.
 */
package org.equisphere.embedding;

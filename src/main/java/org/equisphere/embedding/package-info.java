/**
 * A head for embeddings that come from elsewhere: a language model's, an image encoder's, a sensor's. {@link org.equisphere.embedding.HypersphericalHead}
 * trains a small projection onto the sphere with dynamic label-to-prototype assignment, and then codes, ranks, rejects what is unknown and takes in new
 * classes, from any number of threads.
 */
package org.equisphere.embedding;

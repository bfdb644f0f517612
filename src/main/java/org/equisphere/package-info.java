/** Hyperspherical classification with dynamic label-to-prototype assignment. */
package org.equisphere;

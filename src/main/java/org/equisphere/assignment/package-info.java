/**
 * From labels to prototypes: the exact linear assignment solver, the moving class directions, and the map from label
 * to prototype that joins the two. The package stands alone: arrays in, arrays out.
 */
package org.equisphere.assignment;

package org.equisphere.tensor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Tiles that the check refuses would leave the tests of the Vector backend skipped, not failed. */
final class VectorSelfCheckTest {

    @Test
    void theTilesAgreeWithScalarCode() {
        assumeTrue(ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent(), "the module jdk.incubator.vector was not added");
        assertEquals(Optional.empty(), VectorSelfCheck.failure());
    }
}

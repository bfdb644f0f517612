/** Hyperspherical classification with dynamic label-to-prototype assignment. */
module org.equisphere {
    requires transitive java.desktop;
    requires java.management;
    requires jdk.management;
    requires ejml.core;
    requires ejml.fdense;
    requires static jdk.incubator.vector;

    exports org.equisphere.assignment;
    exports org.equisphere.data;
    exports org.equisphere.model;
    exports org.equisphere.nn;
    exports org.equisphere.sphere;
    exports org.equisphere.tensor;
    exports org.equisphere.train;

    uses org.equisphere.tensor.BackendProvider;
    provides org.equisphere.tensor.BackendProvider with
            org.equisphere.tensor.EjmlBackendProvider,
            org.equisphere.tensor.VectorBackendProvider;
}

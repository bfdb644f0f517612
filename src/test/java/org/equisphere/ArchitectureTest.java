package org.equisphere;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaCodeUnit;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** Who may know whom: the package table of the README, and what only one package may do. */
@AnalyzeClasses(packages = "org.equisphere", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArchitectureTest {

    private static final String ROOT = "org.equisphere.";

    /** Primitive types, and arrays of them, are in no package. */
    private static final DescribedPredicate<JavaClass> PRIMITIVE =
            describe("primitive", type -> type.getBaseComponentType().isPrimitive());

    @ArchTest
    static final ArchRule TENSOR = knowsOnly("tensor", List.of(), "org.ejml..", "jdk.incubator.vector..");

    @ArchTest
    static final ArchRule CUDA = knowsOnly("cuda", List.of("tensor"), "jcuda..");

    @ArchTest
    static final ArchRule SPHERE = knowsOnly("sphere", List.of("tensor"), "jdk.incubator.vector..");

    @ArchTest
    static final ArchRule ASSIGNMENT = knowsOnly("assignment", List.of(), "jdk.incubator.vector..");

    @ArchTest
    static final ArchRule NN = knowsOnly("nn", List.of("tensor"));

    @ArchTest
    static final ArchRule DATA = knowsOnly("data", List.of());

    /** Its jar may be left out: only the command line opens data sets by name. */
    @ArchTest
    static final ArchRule READERS_ARE_NOT_NEEDED = noClasses().that(resideInAPackage("org.equisphere.."))
            .and(not(resideInAnyPackage(ROOT + "data.reader..", ROOT + "cli..")))
            .should().dependOnClassesThat(resideInAPackage(ROOT + "data.reader.."));

    @ArchTest
    static final ArchRule TRAIN = knowsOnly("train", List.of("tensor", "sphere", "assignment", "nn", "data", "model"));

    @ArchTest
    static final ArchRule MODEL = knowsOnly("model", List.of("tensor", "nn", "sphere", "data"));

    @ArchTest
    static final ArchRule REPORT = knowsOnly("report", List.of("tensor", "sphere", "data", "train", "model"));

    @ArchTest
    static final ArchRule INTERCHANGE = knowsOnly("interchange", List.of("tensor", "sphere", "nn", "data", "train", "model"));

    @ArchTest
    static final ArchRule EMBEDDING = knowsOnly("embedding", List.of("tensor", "sphere", "assignment", "nn", "data", "train", "model"), "org.ejml..");

    @ArchTest
    static final ArchRule NO_OTHER_PACKAGES = classes().should().resideInAnyPackage("org.equisphere", "org.equisphere.tensor..",
            "org.equisphere.cuda..", "org.equisphere.sphere..", "org.equisphere.assignment..", "org.equisphere.nn..", "org.equisphere.data..",
            "org.equisphere.train..", "org.equisphere.model..", "org.equisphere.interchange..",
            "org.equisphere.embedding..", "org.equisphere.report..", "org.equisphere.cli..");

    @ArchTest
    static final ArchRule ONE_VECTOR_CLASS_IN_SPHERE = atMostOneClassOfTheVectorApi("sphere");

    @ArchTest
    static final ArchRule ONE_VECTOR_CLASS_IN_ASSIGNMENT = atMostOneClassOfTheVectorApi("assignment");

    @ArchTest
    static final ArchRule THE_SEAM_NAMES_NO_DEVICE = classes().that().haveFullyQualifiedName(ROOT + "tensor.Backend")
            .should(nameNoDeviceInSignatures());

    @ArchTest
    static final ArchRule NO_DRAWERS = noClasses().should().haveSimpleNameEndingWith("Utils").orShould().haveSimpleNameEndingWith("Helper")
            .orShould().haveSimpleNameEndingWith("Manager").orShould().haveSimpleNameEndingWith("Common")
            .orShould().haveSimpleNameEndingWith("Misc");

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_ENDS_THE_PROGRAM = noClasses().that(not(resideInAPackage(ROOT + "cli..")))
            .should().callMethod(System.class, "exit", int.class)
            .orShould().callMethod(Runtime.class, "exit", int.class)
            .orShould().callMethod(Runtime.class, "halt", int.class);

    @ArchTest
    static final ArchRule ONLY_THE_COMMAND_LINE_PRINTS = noClasses().that(not(resideInAPackage(ROOT + "cli..")))
            .should().accessField(System.class, "out").orShould().accessField(System.class, "err")
            .orShould().callMethod(Throwable.class, "printStackTrace");

    @ArchTest
    static final ArchRule NO_STATIC_STATE = fields().that().areStatic().should(beConstant());

    @ArchTest
    static final ArchRule LOGS_GO_THROUGH_SYSTEM_LOGGER = noClasses().should().dependOnClassesThat(
            resideInAnyPackage("java.util.logging..", "org.slf4j..", "org.apache.logging..", "org.apache.commons.logging.."));

    /** The same files and the same words under every locale: a Turkish i, a German comma. */
    @ArchTest
    static final ArchRule NOTHING_DEPENDS_ON_THE_LOCALE = noClasses().should().callMethod(String.class, "format", String.class, Object[].class)
            .orShould().callMethod(String.class, "formatted", Object[].class)
            .orShould().callMethod(String.class, "toLowerCase").orShould().callMethod(String.class, "toUpperCase")
            .orShould().callMethod(java.io.PrintWriter.class, "printf", String.class, Object[].class)
            .orShould().callMethod(java.io.PrintStream.class, "printf", String.class, Object[].class)
            .orShould().callMethod(java.util.Locale.class, "getDefault");

    /** A package of ours knows itself, the given packages of ours, the JDK's ordinary packages and the given outside packages. */
    private static ArchRule knowsOnly(String name, List<String> ours, String... outside) {
        List<String> known = new ArrayList<>(List.of("java..", "javax..", "jdk.net..", "jdk.jfr..", "com.sun.management..", ROOT + name + ".."));
        ours.forEach(other -> known.add(ROOT + other + ".."));
        known.addAll(Arrays.asList(outside));
        return classes().that().resideInAPackage(ROOT + name + "..").should().onlyDependOnClassesThat(
                resideInAnyPackage(known.toArray(new String[0])).or(PRIMITIVE));
    }

    private static ArchRule atMostOneClassOfTheVectorApi(String name) {
        return classes().that().resideInAPackage(ROOT + name + "..").should(new ArchCondition<>("use the Vector API in one class at most") {
            private final List<String> users = new ArrayList<>();

            @Override
            public void init(Collection<JavaClass> all) {
                users.clear();
            }

            @Override
            public void check(JavaClass type, ConditionEvents events) {
                boolean uses = type.getDirectDependenciesFromSelf().stream()
                        .anyMatch(d -> d.getTargetClass().getPackageName().startsWith("jdk.incubator"));
                String outermost = type.getName().replaceAll("\\$.*", "");
                if (uses && !users.contains(outermost)) {
                    users.add(outermost);
                    events.add(new SimpleConditionEvent(type, users.size() <= 1, "the Vector API is used by " + users));
                }
            }
        });
    }

    /**
     * Final, and of a type that does not invite change: a collection must be one of the JDK's unmodifiable ones, which only
     * its declaration as List, Set or Map allows.
     */
    private static ArchCondition<JavaField> beConstant() {
        return new ArchCondition<>("be final and hold nothing that changes") {
            @Override
            public void check(JavaField field, ConditionEvents events) {
                JavaClass type = field.getRawType();
                boolean changes = type.getPackageName().startsWith("java.util.concurrent") || type.isAssignableTo(ThreadLocal.class)
                        || type.getPackageName().equals("java.util") && type.isAssignableTo(Collection.class) && !type.isInterface()
                        || type.isAssignableTo(Map.class) && !type.isInterface() || type.isAssignableTo(StringBuilder.class)
                        || type.isArray() && !field.getModifiers().contains(JavaModifier.PRIVATE)
                                && !field.getModifiers().contains(JavaModifier.SYNTHETIC);
                boolean constant = field.getModifiers().contains(JavaModifier.FINAL) && !changes;
                events.add(new SimpleConditionEvent(field, constant, field.getFullName() + " is static state: " + type.getName()));
            }
        };
    }

    private static ArchCondition<JavaClass> nameNoDeviceInSignatures() {
        return new ArchCondition<>("name no jcuda or jdk.incubator type in a signature") {
            @Override
            public void check(JavaClass type, ConditionEvents events) {
                for (JavaCodeUnit unit : type.getCodeUnits()) {
                    List<JavaClass> named = new ArrayList<>(unit.getRawParameterTypes());
                    named.add(unit.getRawReturnType());
                    for (JavaClass other : named) {
                        boolean device = other.getPackageName().startsWith("jcuda") || other.getPackageName().startsWith("jdk.incubator");
                        events.add(new SimpleConditionEvent(unit, !device, unit.getFullName() + " names " + other.getName()));
                    }
                }
            }
        };
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.layering;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.syntax.elements.GivenClassesConjunction;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.jar.JarFile;
import org.junit.BeforeClass;
import org.junit.Test;

/** Walls that no manifest shows, read from the classes of the built bundles. */
public class CodeTest {
    private static JavaClasses all;

    @BeforeClass
    public static void readClasses() throws IOException {
        List<JarFile> jars = new ArrayList<>();
        try {
            for (Bundle bundle : Project.bundles()) {
                jars.add(new JarFile(bundle.jar().toFile()));
            }
            all = new ClassFileImporter().importJars(jars);
        } finally {
            for (JarFile jar : jars) {
                jar.close();
            }
        }
    }

    /** The driver half and the hardware half meet only in memory and registers, and the inspector of what they wrote has met neither. */
    @Test
    public void halvesDoNotKnowEachOther() {
        neverUses(noClasses().that().resideInAPackage(inBackends("driver")), "model", "inspect");
        neverUses(noClasses().that().resideInAPackage(inBackends("inspect")), "model", "driver");
        neverUses(noClasses().that().resideInAPackage(inBackends("model")), "driver");
    }

    /** Except where the unit's state is in no memory, so that only the model can say what an inspector sees ({@code UnitModel.inspector}). */
    @Test
    public void modelsDoNotInspectThemselves() {
        neverUses(noClasses().that().resideInAPackage(inBackends("model")).and()
                .resideOutsideOfPackages("org.sluice.backend.virtio..", "org.sluice.backend.zpci.."), "inspect");
    }

    /** What the halves share knows none of them, and layouts do not know who looks them up. */
    @Test
    public void whatHalvesShareKnowsNoHalf() {
        neverUses(noClasses().that().resideInAnyPackage(inBackends("lookup")), "inspect", "model", "driver");
        neverUses(noClasses().that().resideInAPackage(inBackends("layout")), "lookup", "inspect", "model", "driver");
    }

    /** A part that no class is in fails the rule too. */
    private static void neverUses(GivenClassesConjunction users, String... parts) {
        users.should().dependOnClassesThat().resideInAnyPackage(Arrays.stream(parts).map(CodeTest::inBackends).toArray(String[]::new)).check(all);
    }

    private static String inBackends(String part) {
        return "org.sluice.backend.*." + part + "..";
    }

    @Test
    public void nobodyUsesCore() {
        noClasses().that().resideOutsideOfPackage("org.sluice.core..")
                .should().dependOnClassesThat().resideInAPackage("org.sluice.core..").check(all);
    }

    @Test
    public void unsafeMemoryStaysInMachine() {
        noClasses().that().resideOutsideOfPackage("org.sluice.machine..")
                .should().dependOnClassesThat().haveFullyQualifiedName("sun.misc.Unsafe")
                .orShould().dependOnClassesThat().haveFullyQualifiedName("jdk.internal.misc.Unsafe").check(all);
    }

    /** Services come by injection: what looks them up by itself cannot be followed, tested or swapped. */
    @Test
    public void nobodyLooksServicesUpStatically() {
        noClasses().should().callMethodWhere(describe("one asks the framework for a bundle", call ->
                        call.getTargetOwner().getName().equals("org.osgi.framework.FrameworkUtil") && call.getName().equals("getBundle")))
                .orShould().dependOnClassesThat().haveFullyQualifiedName("java.util.ServiceLoader").check(all);
    }

    /** A value that a backend leaves in a thread keeps its class loader and a machine's memory there; {@code kit.cache.PerThread} leaves none. */
    @Test
    public void backendsLeaveNothingInThreads() {
        noClasses().that().resideInAPackage("org.sluice.backend..").should().dependOnClassesThat().areAssignableTo(ThreadLocal.class).check(all);
    }

    @Test
    public void onlyTheLauncherEndsTheProcess() {
        noClasses().that().resideOutsideOfPackage("org.sluice.launcher..")
                .should().callMethod("java.lang.System", "exit", "int")
                .orShould().callMethod("java.lang.Runtime", "exit", "int")
                .orShould().callMethod("java.lang.Runtime", "halt", "int").check(all);
    }
}

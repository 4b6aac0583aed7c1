// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.layering;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.util.ArrayList;
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

    /** The driver half and the hardware half meet only in memory and registers. */
    @Test
    public void driverDoesNotKnowTheModel() {
        noClasses().that().resideInAPackage("org.sluice.backend.*.driver..")
                .should().dependOnClassesThat().resideInAPackage("org.sluice.backend.*.model..")
                .allowEmptyShould(true).check(all);
    }

    @Test
    public void modelDoesNotKnowTheDriver() {
        noClasses().that().resideInAPackage("org.sluice.backend.*.model..")
                .should().dependOnClassesThat().resideInAPackage("org.sluice.backend.*.driver..")
                .allowEmptyShould(true).check(all);
    }

    @Test
    public void layoutKnowsNeitherHalf() {
        noClasses().that().resideInAPackage("org.sluice.backend.*.layout..")
                .should().dependOnClassesThat().resideInAnyPackage("org.sluice.backend.*.driver..", "org.sluice.backend.*.model..")
                .allowEmptyShould(true).check(all);
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
        noClasses().should().callMethod("org.osgi.framework.FrameworkUtil", "getBundle", "java.lang.Class")
                .orShould().callMethod("java.util.ServiceLoader", "load", "java.lang.Class").check(all);
    }

    @Test
    public void onlyTheLauncherEndsTheProcess() {
        noClasses().that().resideOutsideOfPackage("org.sluice.launcher..")
                .should().callMethod("java.lang.System", "exit", "int")
                .orShould().callMethod("java.lang.Runtime", "exit", "int")
                .orShould().callMethod("java.lang.Runtime", "halt", "int").check(all);
    }
}

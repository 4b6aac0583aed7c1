// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.karaf;

import static org.ops4j.pax.exam.CoreOptions.composite;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.systemProperty;
import static org.ops4j.pax.exam.CoreOptions.systemTimeout;
import static org.ops4j.pax.exam.CoreOptions.vmOption;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.configureConsole;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.doNotModifyLogConfiguration;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.karafDistributionConfiguration;
import static org.ops4j.pax.exam.karaf.options.KarafDistributionOption.keepRuntimeFolder;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import java.util.Arrays;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import javax.inject.Inject;
import javax.security.auth.Subject;
import org.apache.karaf.features.BootFinished;
import org.apache.karaf.jaas.boot.principal.RolePrincipal;
import org.apache.karaf.jaas.boot.principal.UserPrincipal;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.SessionFactory;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.sluice.jdk25.Subjects;

/** The product as it ships, unpacked and started; one start for each class of tests. */
public abstract class ProductTest {
    private static final long DEADLINE = TimeUnit.SECONDS.toNanos(20);

    @Inject
    protected BundleContext context;

    @Inject
    protected SessionFactory sessions;

    @Inject
    protected BootFinished booted;

    @Configuration
    public Option[] product() {
        return new Option[] {
            karafDistributionConfiguration().frameworkUrl(new File(System.getProperty("sluice.product")).toURI().toString())
                    .karafVersion(System.getProperty("karaf.version")).name("Sluice")
                    .unpackDirectory(new File(System.getProperty("sluice.exam"))).useDeployFolder(false).runEmbedded(false),
            keepRuntimeFolder(),
            systemTimeout(TimeUnit.SECONDS.toMillis(60)),
            doNotModifyLogConfiguration(),
            configureConsole().ignoreLocalConsole().ignoreRemoteShell(),
            vmOption("--add-opens=java.base/java.lang=ALL-UNNAMED"),
            vmOption("--add-opens=java.base/java.net=ALL-UNNAMED"),
            vmOption("--add-opens=java.base/java.util=ALL-UNNAMED"),
            composite(passedOn("sluice.vendor"), passedOn("sluice.outside"), passedOn("org.ops4j.pax.url.mvn.localRepository")),
            junitBundles()
        };
    }

    private static Option passedOn(String property) {
        return systemProperty(property).value(System.getProperty(property, ""));
    }

    /** What a command prints to an administrator; a failing one throws its own exception. */
    protected String run(String command) throws Exception {
        return runAs("admin", command);
    }

    /** What it prints to a user with that role. The product's Karaf asks our own class who that is (decision 0012). */
    protected String runAs(String role, String command) throws Exception {
        Subject subject = new Subject();
        subject.getPrincipals().add(new UserPrincipal("the-" + role));
        subject.getPrincipals().add(new RolePrincipal(role));
        try {
            return Subjects.doAs(subject, (PrivilegedExceptionAction<String>) () -> inSession(command));
        } catch (PrivilegedActionException e) {
            throw e.getException();
        }
    }

    private String inSession(String command) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8)) {
            Session session = sessions.create(InputStream.nullInputStream(), out, out);
            try {
                session.execute(command);
            } catch (Exception e) {
                // Without its cause, whose class only the container has: the result travels to the test's own JVM.
                throw new IllegalStateException(command + ": " + e);
            } finally {
                out.flush();
                session.close();
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Asks again until the answer is as wanted, and gives the last one if it never is. */
    protected static <T> T await(Callable<T> question, Predicate<T> wanted) throws Exception {
        long start = System.nanoTime();
        T answer = question.call();
        while (!wanted.test(answer) && System.nanoTime() - start < DEADLINE) {
            TimeUnit.MILLISECONDS.sleep(50);
            answer = question.call();
        }
        return answer;
    }

    protected Bundle bundle(String name) {
        return Arrays.stream(context.getBundles()).filter(b -> name.equals(b.getSymbolicName())).findFirst().orElse(null);
    }
}

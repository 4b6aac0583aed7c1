// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.qemu;

import static org.junit.Assert.fail;
import static org.junit.Assume.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** What these tests need of the host. Without it they are skipped with a line that says so; in continuous integration they fail. */
final class Requirements {
    private Requirements() {
    }

    static void programs(String... names) {
        for (String name : names) {
            require(Arrays.stream(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, name))),
                    "no " + name + " on the PATH: apt-get install what .ci/run lists");
        }
    }

    static void require(boolean met, String otherwise) {
        if (!met && "true".equals(System.getenv("CI"))) {
            fail(otherwise);
        }
        if (!met) {
            System.out.println("SKIPPED: " + otherwise);
        }
        assumeTrue(otherwise, met);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.qemu;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** What can be written behind {@code qemu:}. */
public class OrderTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    @Test
    public void optionsFollowTheSocket() {
        assertEquals(new Order(Path.of("/a/b"), false, null), Order.parse("/a/b"));
        assertEquals(new Order(Path.of("/a/b"), true, null), Order.parse("/a/b,follow=on"));
        assertEquals(new Order(Path.of("/a/b"), true, Path.of("/c")), Order.parse("/a/b,log=/c,follow=on"));
        assertEquals(new Order(Path.of("/a/b"), true, Path.of("/c")), Order.parse("/a/b,follow=on,log=/c"));
        assertEquals("commas are nothing special in a name", new Order(Path.of("/a,b=c"), false, null), Order.parse("/a,b=c"));
    }

    @Test
    public void aMisspeltOptionIsToldAsSuch() throws Exception {
        Path socket = Files.createFile(folder.getRoot().toPath().resolve("vm"));
        IommuException e = assertThrows(IommuException.class, () -> Order.parse(socket + ",folow=on"));
        assertEquals(Reason.BAD_FORMAT, e.reason());
        assertEquals(Reason.NOT_FOUND, assertThrows(IommuException.class, () -> Order.parse("a\0b")).reason());
    }
}

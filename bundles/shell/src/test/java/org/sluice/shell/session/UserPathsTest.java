// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.session;

import static org.junit.Assert.assertEquals;

import java.io.IOException;
import java.nio.file.Path;

import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

public class UserPathsTest {
    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    private Path user;
    private Path home;

    @Before
    public void folders() throws IOException {
        user = folder.newFolder("user").toPath();
        home = folder.newFolder("home").toPath();
        folder.newFolder("home", "captures", "vtd-legacy");
        System.setProperty(UserPaths.DIRECTORY, user.toString());
        System.setProperty("sluice.home", home.toString());
    }

    @After
    public void forget() {
        System.clearProperty(UserPaths.DIRECTORY);
        System.clearProperty("sluice.home");
    }

    @Test
    public void aShippedCaptureIsFoundFromAnyFolder() {
        assertEquals(home.resolve("captures/vtd-legacy"), UserPaths.resolve("captures/vtd-legacy"));
    }

    @Test
    public void theUsersOwnFileComesFirst() throws IOException {
        folder.newFolder("user", "captures", "vtd-legacy");
        assertEquals(user.resolve("captures/vtd-legacy"), UserPaths.resolve("captures/vtd-legacy"));
    }

    @Test
    public void whatShipsNowhereStaysWhereTheUserMeantIt() {
        assertEquals(user.resolve("captures/none"), UserPaths.resolve("captures/none"));
        assertEquals(user.resolve("etc"), UserPaths.resolve("etc"));
    }
}

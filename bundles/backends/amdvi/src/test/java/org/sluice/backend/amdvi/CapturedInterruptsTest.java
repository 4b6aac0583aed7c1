// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import java.util.List;

import org.junit.runners.Parameterized.Parameters;
import org.sluice.testkit.CapturedInterruptsConformance;
import org.sluice.testkit.CapturedUnit;
import org.sluice.testkit.Captures;

public class CapturedInterruptsTest extends CapturedInterruptsConformance {
    public CapturedInterruptsTest(String name) {
        super(name);
    }

    @Parameters(name = "{0}")
    public static List<String> captures() {
        return Captures.AMDVI;
    }

    @Override
    protected CapturedUnit open(String capture) {
        return new OpenCapture(capture);
    }
}

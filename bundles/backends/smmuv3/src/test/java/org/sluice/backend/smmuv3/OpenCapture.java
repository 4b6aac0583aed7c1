// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3;

import org.sluice.machines.capture.CaptureSource;
import org.sluice.testkit.CapturedUnit;

/** A capture that ships with the sources, opened, with this backend's inspector over its unit. */
final class OpenCapture extends CapturedUnit {
    OpenCapture(String name) {
        super(new CaptureSource(), new Smmuv3Backend("test"), name);
    }
}

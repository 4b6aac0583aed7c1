// SPDX-License-Identifier: Apache-2.0

/** What the inspectors of all backends do alike: collect findings, judge tags across requesters, read queues. */
@Export
@Version("0.1.0")
package org.sluice.kit.inspect;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

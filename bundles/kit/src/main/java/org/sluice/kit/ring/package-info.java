// SPDX-License-Identifier: Apache-2.0

/** Command, event and fault rings in memory. */
@Export
@Version("0.1.0")
package org.sluice.kit.ring;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

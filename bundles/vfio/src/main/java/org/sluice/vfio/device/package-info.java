// SPDX-License-Identifier: Apache-2.0
/** A device in a user's hands: regions, interrupts, reset, bus mastering, its way to memory. */
@Export
@Version("0.1.0")
package org.sluice.vfio.device;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

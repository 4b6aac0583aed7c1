// SPDX-License-Identifier: Apache-2.0

/** Registers of units: where they stand, how they decode, the register files of models, and how drivers wait for hardware. */
@Export
@Version("0.1.0")
package org.sluice.kit.register;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

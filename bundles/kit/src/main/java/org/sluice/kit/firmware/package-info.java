// SPDX-License-Identifier: Apache-2.0

/** Readers of the ACPI tables that describe IOMMUs. */
@Export
@Version("0.1.0")
package org.sluice.kit.firmware;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

// SPDX-License-Identifier: Apache-2.0

/**
 * Readers of the ACPI tables that describe IOMMUs: DMAR, IVRS, IORT, VIOT. {@link org.sluice.kit.firmware.FirmwareTables} is
 * the way in; {@link org.sluice.kit.firmware.UnitAssignment} and {@link org.sluice.kit.firmware.FirmwareRegions} answer what
 * the tables mean for devices.
 */
@Export
@Version("0.1.0")
package org.sluice.kit.firmware;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

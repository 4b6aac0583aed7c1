// SPDX-License-Identifier: Apache-2.0

/** Mappings of address ranges without a table in memory. */
@Export
@Version("0.1.0")
package org.sluice.kit.interval;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

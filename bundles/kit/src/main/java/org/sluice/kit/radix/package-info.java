// SPDX-License-Identifier: Apache-2.0

/** Page-table algorithms, written once over formats that are data. */
@Export
@Version("0.1.0")
package org.sluice.kit.radix;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

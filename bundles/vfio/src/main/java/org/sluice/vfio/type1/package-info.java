// SPDX-License-Identifier: Apache-2.0
/** What a client of the older VFIO type1 interface sees: container, groups, maps by structure, with the unmap rules of both versions. */
@Export
@Version("0.1.0")
package org.sluice.vfio.type1;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

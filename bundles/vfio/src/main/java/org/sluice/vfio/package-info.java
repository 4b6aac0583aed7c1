// SPDX-License-Identifier: Apache-2.0
/** The VFIO front-end: objects as Linux's iommufd has them, as a Java service. Refusals carry the name that the same refusal has there. */
@Export
@Version("0.1.0")
package org.sluice.vfio;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

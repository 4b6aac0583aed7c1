// SPDX-License-Identifier: Apache-2.0
/** Contexts and their objects: address spaces, page tables, devices, accesses, queues. The rules are those of section 1 of the conformance list. */
@Export
@Version("0.1.0")
package org.sluice.vfio.iommufd;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

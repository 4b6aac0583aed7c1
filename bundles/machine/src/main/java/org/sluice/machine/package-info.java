// SPDX-License-Identifier: Apache-2.0

/** Physical memory, PCI topology, identifiers and ranges: the vocabulary every other package speaks. */
@Export
@Version("0.1.0")
package org.sluice.machine;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

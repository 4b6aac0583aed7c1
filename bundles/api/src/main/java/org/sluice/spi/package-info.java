// SPDX-License-Identifier: Apache-2.0

/** What a vendor backend or a machine source implements. Adding a method here is a major version step. */
@Export
@Version("0.1.0")
package org.sluice.spi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

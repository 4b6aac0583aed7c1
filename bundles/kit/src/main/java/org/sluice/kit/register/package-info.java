// SPDX-License-Identifier: Apache-2.0

/** Register files of units. */
@Export
@Version("0.1.0")
package org.sluice.kit.register;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

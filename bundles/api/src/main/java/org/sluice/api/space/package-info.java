// SPDX-License-Identifier: Apache-2.0
/** Address spaces, who owns what in them, interrupts set up through them, and swapping the backend below them. */
@Export
@Version("0.1.0")
package org.sluice.api.space;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

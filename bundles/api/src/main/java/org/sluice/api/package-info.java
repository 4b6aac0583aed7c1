// SPDX-License-Identifier: Apache-2.0

/** Services and value types for clients: the shell, tools, bridges and endpoints. */
@Export
@Version("0.1.0")
package org.sluice.api;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

// SPDX-License-Identifier: Apache-2.0

/** Caches of translations and of configurations, and what each thread that calls a model keeps for itself. */
@Export
@Version("0.1.0")
package org.sluice.kit.cache;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

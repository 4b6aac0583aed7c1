// SPDX-License-Identifier: Apache-2.0

/** Changes of state, told to whoever wants to hear of them. */
@Export
@Version("0.1.0")
package org.sluice.api.event;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

// SPDX-License-Identifier: Apache-2.0
/** The same objects by binary structures: commands as bytes in a process's memory, with the rules for short and long structures. */
@Export
@Version("0.1.0")
package org.sluice.vfio.uapi;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

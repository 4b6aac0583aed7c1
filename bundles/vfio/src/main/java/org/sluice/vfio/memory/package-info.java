// SPDX-License-Identifier: Apache-2.0
/** What users map: memory of processes and files, with frames in the machine's memory, pins on them, and what they may pin. */
@Export
@Version("0.1.0")
package org.sluice.vfio.memory;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

// SPDX-License-Identifier: Apache-2.0

/** Bit-field layouts, from which decoding, dumps, checks and documentation are generated. */
@Export
@Version("0.1.0")
package org.sluice.kit.layout;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

// SPDX-License-Identifier: Apache-2.0
/** DMA as devices of a machine do it: through whatever backend serves them at that moment. */
@Export
@Version("0.1.0")
package org.sluice.api.dma;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

// SPDX-License-Identifier: Apache-2.0

/** Descriptions of structures and page-table formats as data, for whoever shows or decodes them. */
@Export
@Version("0.1.0")
package org.sluice.api.layout;

import org.osgi.annotation.bundle.Export;
import org.osgi.annotation.versioning.Version;

// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;

/** Structures and page-table formats of all installed backends, as data. Thread-safe. */
@ProviderType
public interface LayoutService {
    /** By backend and name. */
    List<StructureLayout> structures();

    /** By backend and name. */
    List<TableFormat> formats();
}

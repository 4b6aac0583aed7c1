// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;

/** Installed backends. Thread-safe. */
@ProviderType
public interface BackendService {
    /** By name and version; those only that may be used. */
    List<BackendInfo> list();

    /** By name and version, with what each does; then the bundles that offer a backend and may not be used. */
    default List<BackendStatus> statuses() {
        return list().stream().map(info -> new BackendStatus(info, new Status("IDLE", "", ""), List.of())).toList();
    }
}

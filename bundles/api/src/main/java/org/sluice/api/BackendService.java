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

    /** Where QEMU's units are known to differ from the architecture, by backend; of several versions of one, those of the last. */
    default List<EmulatorQuirk> quirks() {
        return List.of();
    }
}

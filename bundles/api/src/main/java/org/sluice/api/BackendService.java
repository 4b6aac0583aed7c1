// SPDX-License-Identifier: Apache-2.0
package org.sluice.api;

import java.util.List;

import org.osgi.annotation.versioning.ProviderType;

/** Installed backends. Thread-safe. */
@ProviderType
public interface BackendService {
    /** By name. */
    List<BackendInfo> list();
}

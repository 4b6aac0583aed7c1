// SPDX-License-Identifier: Apache-2.0

/** What the device keeps: endpoints, domains, mappings; the rules by which requests change them and accesses are judged. */
package org.sluice.backend.virtio.state;

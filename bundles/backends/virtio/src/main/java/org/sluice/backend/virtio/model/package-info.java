// SPDX-License-Identifier: Apache-2.0

/** The device's half: translates for endpoints. */
package org.sluice.backend.virtio.model;

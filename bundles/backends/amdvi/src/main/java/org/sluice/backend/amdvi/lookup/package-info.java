// SPDX-License-Identifier: Apache-2.0

/**
 * What the architecture prescribes a unit to find in its structures: device table look-up, table walk, interrupt remapping. Written
 * once, for the inspector that reports and for the model that translates.
 */
package org.sluice.backend.amdvi.lookup;

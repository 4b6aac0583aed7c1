// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.backend.smmuv3.lookup.ConfigurationLookup;
import org.sluice.backend.smmuv3.lookup.Finding;
import org.sluice.backend.smmuv3.lookup.UnitState;

/**
 * What the registers say now.
 *
 * @param gate what happens to every transaction, or null if the tables decide
 */
record Live(UnitState state, ConfigurationLookup lookup, Finding gate) {
}

// SPDX-License-Identifier: Apache-2.0

/** What the unit is prescribed to find in its structures; written once, for the inspector that reports and for the model that decides. */
package org.sluice.backend.none.lookup;

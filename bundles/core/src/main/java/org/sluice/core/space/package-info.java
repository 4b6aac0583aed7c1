// SPDX-License-Identifier: Apache-2.0
/** Address spaces: the truth as ranges with owners, where ranges are placed, its projections into units' tables, and who uses them. */
package org.sluice.core.space;

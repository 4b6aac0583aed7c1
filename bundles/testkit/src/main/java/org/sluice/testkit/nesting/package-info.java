// SPDX-License-Identifier: Apache-2.0

/** The user's side of nested tables: page tables and anchors as the owner of them writes them, by the sheets and by no code of a backend. */
package org.sluice.testkit.nesting;

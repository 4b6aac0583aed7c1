// SPDX-License-Identifier: Apache-2.0

/** Conformance suites for page-table formats, and sample formats that no vendor has. */
package org.sluice.testkit.radix;

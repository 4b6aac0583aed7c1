// SPDX-License-Identifier: Apache-2.0

/** Conformance suites, builders and golden-file support for the tests of the other bundles. A plain jar, never deployed. */
package org.sluice.testkit;

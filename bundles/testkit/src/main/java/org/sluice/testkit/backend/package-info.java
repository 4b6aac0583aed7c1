// SPDX-License-Identifier: Apache-2.0

/** Suites that every backend passes; a vendor subclasses them in a few lines and says what its unit is called. */
package org.sluice.testkit.backend;

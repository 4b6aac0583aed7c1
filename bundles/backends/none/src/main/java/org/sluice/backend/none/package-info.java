// SPDX-License-Identifier: Apache-2.0

/** The smallest complete backend: identity or block. Template for a new vendor and test double. */
package org.sluice.backend.none;

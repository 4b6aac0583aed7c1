// SPDX-License-Identifier: Apache-2.0

/** What an operating system does to the unit, through memory and registers alone. */
package org.sluice.backend.none.driver;

// SPDX-License-Identifier: Apache-2.0

/** What an operating system does to the unit, through memory and registers alone. Knows no model. */
package org.sluice.backend.smmuv3.driver;

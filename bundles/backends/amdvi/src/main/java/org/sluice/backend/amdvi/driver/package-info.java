// SPDX-License-Identifier: Apache-2.0

/** What an operating system does to a unit: tables, commands, registers. Knows hardware only through memory and registers. */
package org.sluice.backend.amdvi.driver;

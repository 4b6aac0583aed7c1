// SPDX-License-Identifier: Apache-2.0

/** What an operating system does to functions: instructions through the block, tables in memory, events taken out. Knows no model. */
package org.sluice.backend.zpci.driver;

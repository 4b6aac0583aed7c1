// SPDX-License-Identifier: Apache-2.0

/** Which fields each kind of record shows, and under which names; the names in JSON are a contract with scripts. */
package org.sluice.shell.rows;

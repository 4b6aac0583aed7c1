// SPDX-License-Identifier: Apache-2.0

/** Machines built in memory, for tests and for trying the shell. */
package org.sluice.machines.synthetic;

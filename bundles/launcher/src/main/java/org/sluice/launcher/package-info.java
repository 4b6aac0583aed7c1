// SPDX-License-Identifier: Apache-2.0

/**
 * Runs what was given on the command line of {@code ./sluice} in the started platform and ends the process with its
 * status. Does nothing in a console.
 */
package org.sluice.launcher;

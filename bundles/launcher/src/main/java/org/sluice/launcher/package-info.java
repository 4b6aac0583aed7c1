// SPDX-License-Identifier: Apache-2.0

/** Runs the command line given to ./sluice in the started platform and ends the process with its status. */
package org.sluice.launcher;

// SPDX-License-Identifier: Apache-2.0

/** One completer per noun. They answer at once, from what is open, and never fail. */
package org.sluice.shell.completer;

// SPDX-License-Identifier: Apache-2.0

/** One class per command: it reads its arguments, calls one service, and renders what comes back. */
package org.sluice.shell.command;

// SPDX-License-Identifier: Apache-2.0

/** What surrounds a command: its streams, its progress line, its failures, and the paths its user means. */
package org.sluice.shell.session;

// SPDX-License-Identifier: Apache-2.0
package org.sluice.api.space;

/** Who says that a range is owned. */
public enum Origin { ARCHITECTURE, FIRMWARE, KERNEL, GUEST, OPERATOR, USER }

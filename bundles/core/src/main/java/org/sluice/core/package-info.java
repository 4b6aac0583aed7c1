// SPDX-License-Identifier: Apache-2.0

/** Address spaces, machines, unit slots, inspection and fault history. It owns the truth, exports services and no package. */
package org.sluice.core;

// SPDX-License-Identifier: Apache-2.0
/** The unit against which the conformance list is written, with its constants. */
package org.sluice.vfio.mock;

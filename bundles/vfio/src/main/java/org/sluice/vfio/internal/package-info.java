// SPDX-License-Identifier: Apache-2.0
/** The component, and the port over the platform's address spaces. */
package org.sluice.vfio.internal;


// SPDX-License-Identifier: Apache-2.0
/** The conformance list, case by case, over the mock unit and the units of the backends. */
package org.sluice.vfio.conformance;

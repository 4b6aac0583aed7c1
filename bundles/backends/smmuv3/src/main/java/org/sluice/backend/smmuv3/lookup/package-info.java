// SPDX-License-Identifier: Apache-2.0

/**
 * From StreamID and SubstreamID to the tables that translate, and through them: what inspector and model share. Reads memory and
 * registers, keeps nothing between look-ups.
 */
package org.sluice.backend.smmuv3.lookup;

// SPDX-License-Identifier: Apache-2.0

/** Arm SMMUv3: layouts, table formats, configuration look-up, inspector and model half. Exports nothing; found by the platform as a service. */
package org.sluice.backend.smmuv3;

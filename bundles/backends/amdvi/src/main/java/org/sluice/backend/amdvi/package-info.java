// SPDX-License-Identifier: Apache-2.0

/** AMD-Vi: layouts, table formats, driver half and model half. Exports nothing; found by the platform as a service. */
package org.sluice.backend.amdvi;

// SPDX-License-Identifier: Apache-2.0
/** Who changed which backend serves what: one line each. */
package org.sluice.core.audit;

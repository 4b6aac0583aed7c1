// SPDX-License-Identifier: Apache-2.0
/** What spaces and the clients of front-ends hold in its place for devices, and what more would cost. */
package org.sluice.core.accounting;

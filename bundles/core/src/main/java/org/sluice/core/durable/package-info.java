// SPDX-License-Identifier: Apache-2.0
/** The store of durable spaces: where it is, what is opened again with the platform, and what is said about what could not be. */
package org.sluice.core.durable;

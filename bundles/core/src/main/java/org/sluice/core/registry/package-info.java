// SPDX-License-Identifier: Apache-2.0
/** Which backends and machines there are, and which backend reads which unit at this moment. */
package org.sluice.core.registry;

// SPDX-License-Identifier: Apache-2.0
/** What an address space is made of: the map of its ranges and the placement of addresses that nobody has asked for by name. */
package org.sluice.core.space;

// SPDX-License-Identifier: Apache-2.0
/** Tells changes of state to event sinks, without holding up who makes them. */
package org.sluice.core.event;

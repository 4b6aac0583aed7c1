// SPDX-License-Identifier: Apache-2.0
/** Hands the platform's events on to the OSGi event service. A bundle of its own: the platform does without that service, and without this. */
package org.sluice.events;

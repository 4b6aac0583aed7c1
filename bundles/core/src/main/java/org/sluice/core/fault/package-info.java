// SPDX-License-Identifier: Apache-2.0
/** Takes faults out of driven units before their queues are full, and keeps the last of them. */
package org.sluice.core.fault;

// SPDX-License-Identifier: Apache-2.0
/** Answers about what IOMMUs do, put together from what the backends' inspectors say of each unit. */
package org.sluice.core.inspect;

// SPDX-License-Identifier: Apache-2.0

/** Answers for people and tools out of what {@code lookup} finds. */
package org.sluice.backend.none.inspect;

// SPDX-License-Identifier: Apache-2.0

/** Answers for people and tools out of what {@code lookup} finds: contexts, translations, interrupts, registers, logs, defects. */
package org.sluice.backend.amdvi.inspect;

// SPDX-License-Identifier: Apache-2.0

/** Speed of the radix algorithms, measured beside a C program that does the same work. See docs/benchmarks.md. */
package org.sluice.benchmarks;

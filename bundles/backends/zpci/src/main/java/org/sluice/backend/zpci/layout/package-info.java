// SPDX-License-Identifier: Apache-2.0

/**
 * Every structure, operand, record, code and page-table format of zPCI as data. There is no public manual: clauses name the numbered
 * steps and sections of docs/backends/zpci.md, which says what each rests on.
 */
package org.sluice.backend.zpci.layout;

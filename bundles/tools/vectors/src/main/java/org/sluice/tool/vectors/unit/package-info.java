// SPDX-License-Identifier: Apache-2.0
/** What software does to each vendor's unit, so that vectors can be put to a model and to a running machine in the same way. */
package org.sluice.tool.vectors.unit;

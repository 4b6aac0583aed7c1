// SPDX-License-Identifier: Apache-2.0

/**
 * Turns records into text. A {@link org.sluice.shell.render.Schema} says which typed fields a record has; three renderers
 * turn records into an aligned table, tab-separated lines, or one JSON object per line, without holding them in memory.
 */
package org.sluice.shell.render;

// SPDX-License-Identifier: Apache-2.0

/** Questions by the million from tab-separated text. Nothing here makes an object per field. */
package org.sluice.shell.bulk;

// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.util.HexFormat;

/**
 * A request to a unit that has no structures in memory, as its driver writes it.
 *
 * @param bytes what the unit reads, in hexadecimal digits
 * @param status that it answers; {@link #NO_ANSWER} if it gives the request back untouched
 */
record Request(String bytes, int status) {
    static final int NO_ANSWER = -1;

    Request {
        HexFormat.of().parseHex(bytes);
    }

    byte[] content() {
        return HexFormat.of().parseHex(bytes);
    }
}

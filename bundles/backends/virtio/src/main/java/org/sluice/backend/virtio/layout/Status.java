// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.layout;

/** What the device answers in the tail of a request. */
public enum Status {
    OK(0, "done"),
    IOERR(1, "the buffers are not laid out as a request"),
    UNSUPP(2, "the device does not do this"),
    DEVERR(3, "internal error of the device"),
    INVAL(4, "invalid parameters"),
    RANGE(5, "parameters out of range"),
    NOENT(6, "no such endpoint or domain"),
    FAULT(7, "bad address"),
    NOMEM(8, "not enough resources");

    private final int code;
    private final String meaning;

    Status(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    public int code() {
        return code;
    }

    public String meaning() {
        return meaning;
    }
}

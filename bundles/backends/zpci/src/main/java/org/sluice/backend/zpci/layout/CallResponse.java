// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.zpci.layout;

import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Response codes of Call Logical Processor for PCI. */
public enum CallResponse {
    OK(0x10, "done"),
    COMMAND(0x20, "the command is not known"),
    PERMISSION(0x30, "the command is not authorized"),
    FORMAT(0x40, "invalid format of the request"),
    LENGTH(0x50, "invalid length of the request"),
    NEEDS_8K(0x60, "the response needs a larger block"),
    RESERVED_NOT_ZERO(0x70, "a reserved field is not zero"),
    NO_DATA(0x80, "no data available"),
    FUNCTION_CODE(0x100, "the function code is not known"),
    HANDLE(0x101, "invalid function handle"),
    HANDLE_FOR_OPERATION(0x102, "the handle is not valid for the operation"),
    ADDRESS_SPACE(0x103, "invalid number of DMA address spaces"),
    RESOURCES(0x104, "insufficient resources"),
    ALREADY(0x105, "the function is in the requested state"),
    PERMANENT_ERROR(0x106, "the function is in permanent error"),
    RECOVERY_PENDING(0x107, "error recovery is pending"),
    BUSY(0x108, "the function is busy"),
    TOKEN(0x10a, "the resume token is not known"),
    GROUP(0x10b, "the function group is not known");

    static final Map<Long, String> NAMES = Arrays.stream(values()).collect(Collectors.toMap(r -> (long) r.code, r -> r.meaning));

    private final int code;
    private final String meaning;

    CallResponse(int code, String meaning) {
        this.code = code;
        this.meaning = meaning;
    }

    public int code() {
        return code;
    }

    public String meaning() {
        return meaning;
    }

    public static Optional<CallResponse> of(int code) {
        return Arrays.stream(values()).filter(r -> r.code == code).findFirst();
    }
}

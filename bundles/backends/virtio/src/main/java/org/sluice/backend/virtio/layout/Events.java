// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.layout;

import static org.sluice.backend.virtio.layout.Virtio.field;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Map;
import java.util.Optional;

import org.sluice.api.Fault;
import org.sluice.api.layout.BitField;
import org.sluice.api.layout.StructureLayout;

/** Fault reports of the event queue and their reasons. */
public final class Events {
    public static final Fault UNKNOWN = fault("UNKNOWN", 0, "the unit does not know the endpoint, or says nothing more");
    public static final Fault DOMAIN = fault("DOMAIN", 1, "the endpoint is not attached to a domain");
    public static final Fault MAPPING = fault("MAPPING", 2, "the address is not mapped, or not for this access");

    public static final int BYTES = 24;

    public static final StructureLayout FAULT = Virtio.structure("fault-event", 192, "Fault report in the event queue", "Fault reporting")
            .value("reason", 7, 0, "why", Map.of(0L, "UNKNOWN", 1L, "DOMAIN", 2L, "MAPPING"))
            .reserved(31, 8)
            .flag("READ", 32, "the access was a read")
            .flag("WRITE", 33, "the access was a write")
            .flag("EXEC", 34, "the access was an instruction fetch (Linux header only)")
            .reserved(39, 35)
            .flag("ADDRESS", 40, "the address is valid")
            .reserved(63, 41)
            .value("endpoint", 95, 64, "endpoint id")
            .reserved(127, 96)
            .address("address", 191, 128, "failing address")
            .build();

    public static final BitField REASON = field(FAULT, "reason");
    public static final BitField READ = field(FAULT, "READ");
    public static final BitField WRITE = field(FAULT, "WRITE");
    public static final BitField EXEC = field(FAULT, "EXEC");
    public static final BitField ADDRESS_VALID = field(FAULT, "ADDRESS");
    public static final BitField ENDPOINT = field(FAULT, "endpoint");
    public static final BitField ADDRESS = field(FAULT, "address");

    private Events() {
    }

    /** By number. */
    public static List<Fault> all() {
        return List.of(UNKNOWN, DOMAIN, MAPPING);
    }

    public static Optional<Fault> of(int reason) {
        return all().stream().filter(f -> f.code() == reason).findFirst();
    }

    /** An event as the device writes it; the address is always valid. */
    public static byte[] encode(int reason, boolean write, int endpoint, long address) {
        long head = REASON.put(reason) | (write ? WRITE : READ).put(1) | ADDRESS_VALID.put(1);
        return ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(head).putInt(endpoint).putInt(0).putLong(address).array();
    }

    private static Fault fault(String name, int code, String meaning) {
        return new Fault(name, code, meaning, Virtio.SPECIFICATION + "Fault reporting");
    }
}

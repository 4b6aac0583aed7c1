// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi.lookup;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

import org.sluice.api.layout.BitField;
import org.sluice.backend.amdvi.layout.BaseRegisters;
import org.sluice.backend.amdvi.layout.ControlRegisters;
import org.sluice.backend.amdvi.layout.DeviceTableEntry;
import org.sluice.kit.register.Register;
import org.sluice.machine.AddressRange;
import org.sluice.machine.RegisterPort;

/**
 * The registers that decide how requests are treated, read once. Immutable. A register that is not known reads as absent:
 * {@link #knows} must be asked before an answer rests on it.
 */
public final class UnitState {
    /** Width of a DeviceID. */
    private static final int DEVICE_BITS = 16;
    private static final int MAX_SEGMENT_BITS = 3;
    private static final int FIRST_BEYOND_ANY_SEGMENT = 1 << DEVICE_BITS - MAX_SEGMENT_BITS;
    /** The exclusion limit names a page; the range ends with its last byte. */
    private static final long PAGE_OFFSET = 0xfff;

    private final Map<Register, Long> values;

    public UnitState(Map<Register, Long> values) {
        this.values = Map.copyOf(values);
    }

    /** @param features EFR as firmware gives it, for a register that is not known; 0 if it does not */
    public static UnitState read(RegisterPort port, long features) {
        List<Register> read = new ArrayList<>(List.of(BaseRegisters.DEVTAB_BASE, ControlRegisters.CONTROL, ControlRegisters.EFR,
                BaseRegisters.EXCL_BASE, BaseRegisters.EXCL_LIMIT));
        read.addAll(BaseRegisters.SEGMENTS);
        Map<Register, Long> values = new HashMap<>();
        for (Register register : read) {
            if (port.isKnown(register.offset(), register.bytes())) {
                values.put(register, port.read64(register.offset()));
            }
        }
        if (features != 0) {
            values.putIfAbsent(ControlRegisters.EFR, features);
        }
        return new UnitState(values);
    }

    public boolean knows(Register register) {
        return values.containsKey(register);
    }

    /** A field of a register; 0 if the register is not known. */
    public long get(Register register, BitField field) {
        return field.get(values.getOrDefault(register, 0L));
    }

    public long control(BitField field) {
        return get(ControlRegisters.CONTROL, field);
    }

    public long feature(BitField field) {
        return get(ControlRegisters.EFR, field);
    }

    /** The device table segment of a DeviceID: the top DevTblSegEn bits of the DeviceID choose it. */
    public int segment(int deviceId) {
        return deviceId >>> DEVICE_BITS - segmentBits();
    }

    /**
     * Whether it is known which segment a DeviceID is in. Segments are the top bits of DeviceIDs, so the lowest are in segment 0
     * however many there are.
     */
    public boolean knowsSegment(int deviceId) {
        return knows(ControlRegisters.CONTROL) || deviceId < FIRST_BEYOND_ANY_SEGMENT
                || knows(ControlRegisters.EFR) && feature(ControlRegisters.SEGMENTS_SUPPORTED) == 0;
    }

    /** Segments of the device table. */
    public int segments() {
        return 1 << segmentBits();
    }

    private int segmentBits() {
        return (int) Math.min(MAX_SEGMENT_BITS, control(ControlRegisters.SEGMENTS));
    }

    /** The register that tells where a segment lies. */
    public static Register segmentRegister(int segment) {
        return segment == 0 ? BaseRegisters.DEVTAB_BASE : BaseRegisters.SEGMENTS.get(segment - 1);
    }

    /** Entries that a segment has, as its register tells. */
    public int entries(int segment) {
        int entries = ((int) get(segmentRegister(segment), BaseRegisters.TABLE_SIZE) + 1) * BaseRegisters.ENTRIES_PER_PAGE;
        return Math.min(entries, 1 << DEVICE_BITS - segmentBits());
    }

    /** First DeviceID of a segment. */
    public int firstDevice(int segment) {
        return segment << DEVICE_BITS - segmentBits();
    }

    /** Where the entry of a DeviceID lies. */
    public long entryAddress(int deviceId) {
        int segment = segment(deviceId);
        long index = deviceId - firstDevice(segment);
        return BaseRegisters.TABLE_BASE.address(values.getOrDefault(segmentRegister(segment), 0L)) + index * DeviceTableEntry.BYTES;
    }

    /** Host table levels of the unit (HATS); its reserved value is taken as the most there can be. */
    public int hostLevels() {
        return 4 + (int) Math.min(2, feature(ControlRegisters.HOST_LEVELS));
    }

    /** Guest table levels of the unit (GATS). */
    public int guestLevels() {
        return 4 + (int) Math.min(1, feature(ControlRegisters.GUEST_LEVELS));
    }

    /** GCR3 table levels of the unit (GLXSup). */
    public int gcr3Levels() {
        return 1 + (int) Math.min(2, feature(ControlRegisters.GCR3_LEVELS));
    }

    /** Whether there is an exclusion range; false if EXCL_BASE is not known. */
    public boolean excludes() {
        return get(BaseRegisters.EXCL_BASE, BaseRegisters.EXCLUSION_ENABLED) != 0;
    }

    /** The exclusion range, or null if it is off, empty or not known. */
    public AddressRange exclusion() {
        long base = BaseRegisters.EXCLUSION_BASE.address(values.getOrDefault(BaseRegisters.EXCL_BASE, 0L));
        long last = BaseRegisters.EXCLUSION_LIMIT.address(values.getOrDefault(BaseRegisters.EXCL_LIMIT, 0L)) | PAGE_OFFSET;
        return excludes() && knows(BaseRegisters.EXCL_LIMIT) && Long.compareUnsigned(base, last) <= 0 ? new AddressRange(base, last) : null;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.amdvi;

import static org.junit.Assert.assertEquals;

import java.util.ArrayList;
import java.util.List;

import org.sluice.api.Permissions;
import org.sluice.backend.amdvi.model.AmdViUnit;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DeviceTranslation;

/** A unit from reset on, and software that programs it by numbers from the specification alone. */
final class UnitRig {
    /** The device of the sheet's examples. */
    static final DeviceId DEVICE = DeviceId.parse("03:02.0");
    static final int RID = 0x310;
    static final int DOMAIN = 0x2a;
    static final int DEVTAB = 0x00;
    static final int CMD_BASE = 0x08;
    static final int EVT_BASE = 0x10;
    static final int PPR_BASE = 0x38;
    static final int GA_BASE = 0xe0;
    static final int CMD_HEAD = 0x2000;
    static final int CMD_TAIL = 0x2008;
    static final int EVT_HEAD = 0x2010;
    static final int EVT_TAIL = 0x2018;
    static final int STATUS = 0x2020;
    static final int PPR_HEAD = 0x2030;
    static final int PPR_TAIL = 0x2038;
    static final int GA_HEAD = 0x2040;
    static final int GA_TAIL = 0x2048;
    static final long COMMANDS = 0x80_0000;
    static final long EVENTS = 0x81_0000;
    static final long PPRS = 0x82_0000;
    static final long GAS = 0x83_0000;
    static final long STORE = 0x84_0000;
    /** IommuEn, EventLogEn, InvTimeOut 1 s, Coherent, CmdBufEn. */
    static final long ON = 1 | 1 << 2 | 4 << 5 | 1 << 10 | 1 << 12;
    static final long GTEN = 1 << 16;
    static final long GAEN = 1 << 17;
    /** PreF, PPR, XT, NX, GT, IA, GA, HATS 2, GATS 1, GLX 2, GAM 1, PASmax 19, 8 segments, MSI, GIo, HA, HD. */
    static final long FEATURES = 0b1101_1111L | 2 << 10 | 1 << 12 | 2 << 14 | 1 << 21 | 19L << 32 | 3L << 38 | 1L << 46 | 1L << 48 | 1L << 49
            | 1L << 52;
    /** 256 entries. */
    static final long LENGTH = 8L << 56;

    final Rig machine;
    final AmdViUnit unit;
    final RegisterPort registers;
    final List<String> messages = new ArrayList<>();

    UnitRig() {
        this(FEATURES);
    }

    UnitRig(long features) {
        machine = new Rig().register(DEVTAB, 0).register(Rig.CONTROL, 0).register(Rig.EFR, features).register(0x1a0, 0);
        unit = (AmdViUnit) new AmdViBackend("test").model(machine.context()).orElseThrow();
        registers = unit.registers();
        unit.setInterruptSink((address, data) -> messages.add(Hex.of(address) + " " + Hex.of(data)));
    }

    /** Tables, buffer and log in place, the unit on. */
    static UnitRig on() {
        return new UnitRig().start(0);
    }

    UnitRig start(long more) {
        registers.write64(DEVTAB, Rig.DEVICE_TABLE | 7);
        registers.write64(CMD_BASE, COMMANDS | LENGTH);
        registers.write64(EVT_BASE, EVENTS | LENGTH);
        registers.write64(PPR_BASE, PPRS | LENGTH);
        registers.write64(GA_BASE, GAS | LENGTH);
        registers.write64(Rig.CONTROL, ON | more);
        return this;
    }

    UnitRig device(long... dte) {
        machine.device(DEVICE, dte);
        return this;
    }

    /** A table of one level for the first 2 MiB, and the device that uses it. */
    UnitRig mapped() {
        return put(0x2_0000, Rig.ENTRY | 0x77_7000, Rig.ENTRY | 0x88_8000).device(Rig.DTE | 1 << 9 | 0x2_0000, DOMAIN);
    }

    UnitRig put(long address, long... words) {
        for (int i = 0; i < words.length; i++) {
            machine.memory.writeLong(address + 8L * i, words[i]);
        }
        return this;
    }

    /** Puts a command at the tail and rings. */
    void submit(long low, long high) {
        long tail = registers.read64(CMD_TAIL);
        put(COMMANDS + tail, low, high);
        registers.write64(CMD_TAIL, tail + 16 & 0xfff);
    }

    /** The same by dwords, as the sheet has them; it must be done then. */
    void done(int d0, int d1, int d2, int d3) {
        submit(d0 & 0xffff_ffffL | (long) d1 << 32, d2 & 0xffff_ffffL | (long) d3 << 32);
        assertEquals("done", registers.read64(CMD_TAIL), registers.read64(CMD_HEAD));
        assertEquals("running", 1 << 4, registers.read32(STATUS) & 1 << 4);
    }

    long read(long iova) {
        return access(Rig.NO_PASID, iova, Permissions.READ);
    }

    long write(long iova) {
        return access(Rig.NO_PASID, iova, Permissions.WRITE);
    }

    long access(int pasid, long iova, int permission) {
        return unit.translate(RID, pasid, iova, permission);
    }

    DeviceTranslation ats() {
        return unit.deviceTranslation().orElseThrow();
    }

    /** Records that were not taken yet, as dwords. */
    List<String> events() {
        return records(EVENTS, EVT_HEAD, EVT_TAIL, 16);
    }

    List<String> records(long base, int headRegister, int tailRegister, int bytes) {
        List<String> list = new ArrayList<>();
        long head = registers.read64(headRegister);
        for (; head != registers.read64(tailRegister); head = head + bytes & (256L * bytes - 1)) {
            StringBuilder line = new StringBuilder();
            for (int at = 0; at < bytes; at += 4) {
                line.append(at == 0 ? "" : " ").append(String.format("%08x", machine.memory.readInt(base + head + at)));
            }
            list.add(line.toString());
        }
        registers.write64(headRegister, head);
        return list;
    }
}

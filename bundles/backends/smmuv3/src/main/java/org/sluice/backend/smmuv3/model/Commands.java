// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.smmuv3.model;

import org.sluice.backend.smmuv3.layout.Command;
import org.sluice.backend.smmuv3.layout.CommandError;
import org.sluice.backend.smmuv3.layout.ControlRegisters;
import org.sluice.backend.smmuv3.layout.IdRegisters;
import org.sluice.backend.smmuv3.lookup.UnitState;
import org.sluice.kit.register.RegisterFile;

/**
 * What each command does (chapter 4). Commands of what the unit does not have are illegal, and so are reserved answers and signals and
 * the Secure state. A command has taken effect when {@link #execute} returns, so that SYNC waits for nothing but devices. Commands come
 * one at a time.
 */
final class Commands {
    static final int DONE = 0;
    private static final int ILLEGAL = CommandError.CERROR_ILL.code();
    private static final int PAGE_SHIFT = 12;
    /** TG: 1 4K, 2 16K, 3 64K; log2 of the page is ten and twice the number. */
    private static final int GRANULE_BASE = 10;
    private static final int STALLS_NEVER = 1;

    private final UnitState unit;
    private final Configurations configurations;
    private final Translations translations;
    private final Stalls stalls;
    private final DeviceRequests devices;
    private final Signals signals;
    private final boolean ranges;
    private final boolean pageRequests;
    private final boolean messages;
    /** Without stage 2 there are no VMIDs: the field is ignored. */
    private final long vmidMask;
    /** By ordinal, whether the unit has what a command is about. */
    private final boolean[] exists = new boolean[Command.values().length];
    private boolean deviceSilent;

    /** How the end of SYNC is told. */
    record Signals(RegisterFile registers, MessageWriter writer, GlobalErrors errors) {
        /** A message; its failure is a global error but no error of the command. */
        void send(long address, int data) {
            if (address != 0 && !writer.write(address, data)) {
                synchronized (registers) {
                    errors.raise(ControlRegisters.SYNC_MESSAGE_ABORT);
                }
            }
        }
    }

    /** What commands act on. */
    record Targets(Configurations configurations, Translations translations, Stalls stalls, DeviceRequests devices) {
    }

    /** @param unit its identification */
    Commands(UnitState unit, Targets targets, Signals signals) {
        this.unit = unit;
        this.configurations = targets.configurations;
        this.translations = targets.translations;
        this.stalls = targets.stalls;
        this.devices = targets.devices;
        this.signals = signals;
        ranges = unit.get(IdRegisters.IDR3, IdRegisters.RIL) != 0;
        pageRequests = unit.get(IdRegisters.IDR0, IdRegisters.PRI) != 0;
        messages = unit.get(IdRegisters.IDR0, IdRegisters.MSI) != 0;
        vmidMask = unit.stage2() ? -1L : 0;
        for (Command command : Command.values()) {
            exists[command.ordinal()] = exists(command);
        }
    }

    /** Executes; {@link #DONE} or what goes into CMDQ_CONS.ERR. */
    int execute(long low, long high) {
        Command command = Command.of(low);
        // First what is asked for most: every unit has SYNC, and finding the way by a switch takes as long as these themselves.
        if (command == Command.SYNC) {
            return sync(low, high);
        }
        if (command == null || !exists[command.ordinal()]) {
            return ILLEGAL;
        }
        if (command == Command.TLBI_NH_VA || command == Command.TLBI_S2_IPA) {
            addresses(command, low, high);
            return DONE;
        }
        int sid = (int) Command.SID.get(low);
        switch (command) {
            case PREFETCH_CONFIG, CFGI_STE, CFGI_STE_RANGE, CFGI_CD, CFGI_CD_ALL, PREFETCH_ADDR:
                return Command.SSEC.get(low) != 0 ? ILLEGAL : configuration(command, sid, low, high);
            case ATC_INV:
                return deviceTranslations(sid, low, high);
            case PRI_RESP:
                return pageResponse(sid, low, high);
            case RESUME:
                return resume(sid, low, high);
            case STALL_TERM:
                stalls.terminate(sid);
                return DONE;
            default:
                translations(command, low, high);
                return DONE;
        }
    }

    /** Whether the unit has what a command is about. */
    private boolean exists(Command command) {
        return switch (command) {
            case CFGI_CD, CFGI_CD_ALL, TLBI_NH_ALL, TLBI_NH_ASID, TLBI_NH_VA, TLBI_NH_VAA -> unit.stage1();
            case TLBI_S12_VMALL, TLBI_S2_IPA -> unit.stage2();
            case TLBI_EL2_ALL, TLBI_EL2_ASID, TLBI_EL2_VA, TLBI_EL2_VAA -> unit.el2Worlds();
            // EL3 belongs to the Secure queue, virtual machine structures to MPAM.
            case TLBI_EL3_ALL, TLBI_EL3_VA, CFGI_VMS_PIDM -> false;
            case ATC_INV -> unit.ats();
            case PRI_RESP -> pageRequests;
            case RESUME, STALL_TERM -> unit.stallModel() != STALLS_NEVER;
            default -> true;
        };
    }

    private int configuration(Command command, int sid, long low, long high) {
        int ssid = (int) Command.SSID.get(low);
        int range = (int) Command.RANGE.get(high);
        switch (command) {
            case CFGI_STE -> configurations.streams(sid, 0);
            case CFGI_CD -> configurations.context(sid, ssid);
            case CFGI_CD_ALL -> configurations.contexts(sid);
            case PREFETCH_CONFIG -> configurations.find(sid, Command.SSV.get(low) != 0 ? ssid : -1);
            case CFGI_STE_RANGE -> {
                if (range == Command.RANGE_ALL) {
                    configurations.everything();
                } else {
                    configurations.streams(sid, range + 1);
                }
            }
            default -> {
                // PREFETCH_ADDR is a hint that may be left alone.
            }
        }
        return DONE;
    }

    /** Of one stage, and of one address space where that has them. */
    private void addresses(Command command, long low, long high) {
        int vmid = (int) (Command.VMID.get(low) & vmidMask);
        if (command == Command.TLBI_NH_VA) {
            long start = start(Command.ADDRESS.address(high), high);
            translations.addresses(vmid, (int) Command.ASID.get(low), start, last(low, high, start));
        } else {
            long start = start(Command.IPA.address(high), high);
            translations.intermediate(vmid, start, last(low, high, start));
        }
    }

    private void translations(Command command, long low, long high) {
        int vmid = (int) (Command.VMID.get(low) & vmidMask);
        int asid = (int) Command.ASID.get(low);
        long start = start(Command.ADDRESS.address(high), high);
        long last = last(low, high, start);
        switch (command) {
            case TLBI_NH_ALL -> translations.stage1(vmid);
            case TLBI_NH_ASID -> translations.asid(vmid, asid);
            case TLBI_NH_VAA -> translations.addressesOfAll(vmid, start, last);
            case TLBI_EL2_ALL -> translations.hypervisor();
            case TLBI_EL2_ASID -> translations.hypervisorAsid(asid);
            case TLBI_EL2_VA -> translations.hypervisorAddresses(asid, start, last);
            case TLBI_EL2_VAA -> translations.hypervisorAddressesOfAll(start, last);
            case TLBI_S12_VMALL -> translations.bothStages(vmid);
            default -> translations.allGuests();
        }
    }

    private boolean isRange(long high) {
        return ranges && Command.GRANULE.get(high) != 0;
    }

    private static int granule(long high) {
        return GRANULE_BASE + 2 * (int) Command.GRANULE.get(high);
    }

    private long start(long address, long high) {
        return isRange(high) ? address & -1L << granule(high) : address;
    }

    private long last(long low, long high, long start) {
        long bytes = isRange(high) ? Command.NUM.get(low) + 1 << Command.SCALE.get(low) + granule(high) : 1L << PAGE_SHIFT;
        long last = start + bytes - 1;
        return Long.compareUnsigned(last, start) < 0 ? -1L : last;
    }

    private int deviceTranslations(int sid, long low, long high) {
        int size = (int) Command.SIZE.get(high);
        if (size > Command.SIZE_ALL) {
            return ILLEGAL;
        }
        int ssid = Command.SSV.get(low) != 0 ? (int) Command.SSID.get(low) : -1;
        long bytes = 1L << Math.min(size, Long.SIZE - PAGE_SHIFT - 1) + PAGE_SHIFT;
        long start = size == Command.SIZE_ALL ? 0 : Command.ADDRESS.address(high) & -bytes;
        long last = size == Command.SIZE_ALL ? -1L : start + bytes - 1;
        boolean everySubstream = ssid >= 0 && Command.GLOBAL.get(low) != 0;
        deviceSilent |= !devices.invalidate(sid, ssid, everySubstream, start, last);
        return DONE;
    }

    private int pageResponse(int sid, long low, long high) {
        int answer = (int) Command.GROUP_ANSWER.get(high);
        if (answer == Command.ANSWER_RESERVED) {
            return ILLEGAL;
        }
        devices.respond(sid, Command.SSV.get(low) != 0 ? (int) Command.SSID.get(low) : -1, (int) Command.GROUP.get(high), answer);
        return DONE;
    }

    private int resume(int sid, long low, long high) {
        int answer = (int) Command.STALL_ANSWER.get(low);
        if (answer == Command.ANSWER_RESERVED) {
            return ILLEGAL;
        }
        stalls.resume(sid, (int) Command.STALL_TAG.get(high), answer);
        return DONE;
    }

    private int sync(long low, long high) {
        int signal = (int) Command.SIGNAL.get(low);
        if (signal == Command.SIGNAL_RESERVED) {
            return ILLEGAL;
        }
        if (deviceSilent) {
            // Told once; the SYNC is tried again when software has acknowledged.
            deviceSilent = false;
            return CommandError.CERROR_ATC_INV_SYNC.code();
        }
        if (signal == Command.SIGNAL_MESSAGE && messages) {
            signals.send(Command.MESSAGE_ADDRESS.address(high), (int) Command.MESSAGE_DATA.get(low));
        }
        return DONE;
    }
}

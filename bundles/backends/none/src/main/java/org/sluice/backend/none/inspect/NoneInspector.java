// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.none.inspect;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

import org.sluice.api.Defect;
import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.QueueEntry;
import org.sluice.api.RegisterValue;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.backend.none.layout.None;
import org.sluice.backend.none.layout.NoneFault;
import org.sluice.backend.none.lookup.FaultDecoder;
import org.sluice.backend.none.lookup.PermitLookup;
import org.sluice.kit.layout.Structure;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.DefectSink;
import org.sluice.spi.Inspector;
import org.sluice.spi.RequesterContext;
import org.sluice.spi.RequesterContext.State;
import org.sluice.spi.UnitContext;

/** Reads the unit from its registers and permit table. */
public final class NoneInspector implements Inspector {
    private static final List<None.Register> REGISTERS = List.of(None.CONTROL, None.PERMIT_BASE, None.FAULT, None.FAULT_ADDRESS);

    private final UnitContext context;
    private final RegisterPort port;
    private final PhysicalMemory memory;
    private final PermitLookup lookup;

    public NoneInspector(UnitContext context) {
        this.context = context;
        this.port = context.registers();
        this.memory = context.memory();
        this.lookup = new PermitLookup(memory, port);
    }

    /** Requesters with a bit set; the bits of the others say no more than that they are not among them. */
    @Override
    public void contexts(Consumer<RequesterContext> out) {
        if (!knows(None.PERMIT_BASE)) {
            return;
        }
        for (int requester = 0; requester < None.REQUESTERS; requester += Long.SIZE) {
            long address = lookup.wordAddress(requester);
            long bits = memory.presence(address, Long.BYTES) == Presence.PRESENT ? memory.readLong(address) : 0;
            for (; bits != 0; bits &= bits - 1) {
                out.accept(context(DeviceId.ofRequester(0, requester + Long.numberOfTrailingZeros(bits)), TranslationRequest.NO_PASID));
            }
        }
    }

    @Override
    public RequesterContext context(DeviceId device, int pasid) {
        int requester = requester(device);
        int found = lookup.find(requester);
        State state = switch (found) {
            case PermitLookup.PASSES -> State.PASS_THROUGH;
            case PermitLookup.UNKNOWN_CONTROL, PermitLookup.UNKNOWN_BASE, PermitLookup.UNKNOWN_MEMORY -> State.UNKNOWN;
            default -> State.BLOCKED;
        };
        boolean read = found == PermitLookup.PASSES || found == PermitLookup.BLOCKED && readsTable();
        long address = read ? lookup.wordAddress(requester) : 0;
        return new RequesterContext(device, pasid, state, -1, state == State.PASS_THROUGH ? "pass-through" : "", 0, null,
                state == State.BLOCKED ? fault(found) : null, address, read ? List.of(memory.readLong(address)) : List.of(), text(found, requester));
    }

    @Override
    public TranslationReport translate(TranslationRequest request, boolean steps) {
        int requester = requester(request.device());
        int found = lookup.find(requester);
        String text = text(found, requester);
        TranslationReport report = switch (found) {
            case PermitLookup.PASSES -> TranslationReport.passThrough(request, text);
            case PermitLookup.UNKNOWN_MEMORY -> TranslationReport.unknown(request, lookup.wordAddress(requester), 0, text);
            case PermitLookup.UNKNOWN_CONTROL, PermitLookup.UNKNOWN_BASE -> TranslationReport.unknown(request, null, 0, text);
            default -> TranslationReport.fault(request, fault(found), 0, text);
        };
        boolean read = found == PermitLookup.PASSES || found == PermitLookup.BLOCKED && readsTable();
        return steps && read ? report.withSteps(List.of(new TranslationStep("permit-table", lookup.wordAddress(requester),
                List.of(memory.readLong(lookup.wordAddress(requester))), 0, "bit " + requester % Long.SIZE))) : report;
    }

    /** Messages are writes like any other here. */
    @Override
    public InterruptReport remapInterrupt(InterruptRequest request, boolean steps) {
        int requester = requester(request.device());
        int found = lookup.find(requester);
        return switch (found) {
            case PermitLookup.PASSES -> InterruptReport.plain(request, InterruptReport.Result.PASSED, null, text(found, requester));
            case PermitLookup.UNKNOWN_MEMORY, PermitLookup.UNKNOWN_CONTROL, PermitLookup.UNKNOWN_BASE ->
                    InterruptReport.plain(request, InterruptReport.Result.UNKNOWN, null, text(found, requester));
            default -> InterruptReport.plain(request, InterruptReport.Result.BLOCKED, fault(found), text(found, requester));
        };
    }

    @Override
    public void verify(DeviceId device, DefectSink out) {
        for (None.Register register : REGISTERS) {
            Structure structure = knows(register) ? structure(register) : null;
            if (structure != null && structure.reservedViolation() != null) {
                out.defect(new Defect(null, context.unit().name(), "reserved-bit", register.offset(), structure.words(),
                        "register " + register.name() + " has reserved bits set", register.layout().clause()));
            }
        }
        if (readsTable()) {
            for (int requester = 0; requester < None.REQUESTERS; requester += Long.SIZE * Long.SIZE) {
                long address = lookup.wordAddress(requester);
                out.looked(Long.SIZE);
                switch (memory.presence(address, Long.BYTES)) {
                    case UNKNOWN -> out.unknown(address);
                    case OUTSIDE -> out.defect(new Defect(null, context.unit().name(), "table-outside-ram", None.PERMIT_BASE.offset(),
                            structure(None.PERMIT_BASE).words(), "the permit table at " + Hex.of(address) + " is not in RAM",
                                    None.PERMIT_BASE.layout().clause()));
                    default -> { }
                }
            }
        }
    }

    @Override
    public List<RegisterValue> registers() {
        List<RegisterValue> list = new ArrayList<>();
        for (None.Register register : REGISTERS) {
            list.add(knows(register) ? new RegisterValue(register.name(), register.offset(), Long.SIZE, structure(register).words(),
                    structure(register).decode())
                    : new RegisterValue(register.name(), register.offset(), Long.SIZE, List.of(), List.of()));
        }
        return list;
    }

    @Override
    public List<QueueEntry> queues() {
        return List.of();
    }

    @Override
    public List<FaultRecord> faults() {
        if (!knows(None.FAULT) || !knows(None.FAULT_ADDRESS) || !structure(None.FAULT).is(None.FAULT_VALID)) {
            return List.of();
        }
        return List.of(FaultDecoder.decode(context.unit().name(), port.read64(None.FAULT.offset()), port.read64(None.FAULT_ADDRESS.offset())));
    }

    private boolean knows(None.Register register) {
        return port.isKnown(register.offset(), Long.BYTES);
    }

    private Structure structure(None.Register register) {
        return Structure.of(register.layout(), register.offset(), port.read64(register.offset()));
    }

    /** Whether the unit looks at the permit table at all. */
    private boolean readsTable() {
        return knows(None.CONTROL) && structure(None.CONTROL).is(None.ON) && knows(None.PERMIT_BASE);
    }

    private static int requester(DeviceId device) {
        return device.isPci() ? device.requesterId() : (int) Math.min(device.value(), Integer.MAX_VALUE);
    }

    private static Fault fault(int found) {
        return switch (found) {
            case PermitLookup.BEYOND -> NoneFault.REQUESTER_BEYOND_TABLE.fault();
            case PermitLookup.NO_MEMORY -> NoneFault.TABLE_ACCESS.fault();
            default -> NoneFault.BLOCKED.fault();
        };
    }

    private String text(int found, int requester) {
        return switch (found) {
            case PermitLookup.PASSES -> "the requester's bit in the permit table is set";
            case PermitLookup.BLOCKED -> readsTable() ? "the requester's bit in the permit table is clear" : "the unit is off (CONTROL.ON=0)";
            case PermitLookup.BEYOND -> "requester id " + Hex.of(requester) + " is beyond the permit table";
            case PermitLookup.NO_MEMORY -> "there is no memory at " + Hex.of(lookup.wordAddress(requester)) + " in the permit table";
            case PermitLookup.UNKNOWN_MEMORY -> "the permit table at " + Hex.of(lookup.wordAddress(requester)) + " is not in the image";
            default -> "register " + (found == PermitLookup.UNKNOWN_CONTROL ? None.CONTROL : None.PERMIT_BASE).name() + " is not known";
        };
    }
}

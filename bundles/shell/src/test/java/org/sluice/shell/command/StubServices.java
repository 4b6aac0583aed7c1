// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

import org.sluice.api.BackendInfo;
import org.sluice.api.BackendService;
import org.sluice.api.ConflictService;
import org.sluice.api.Defect;
import org.sluice.api.Access;
import org.sluice.api.TranslationReport.Result;
import org.sluice.api.DeviceSummary;
import org.sluice.api.Difference;
import org.sluice.api.EmulatorQuirk;
import org.sluice.api.Fault;
import org.sluice.api.FaultRecord;
import org.sluice.api.FaultService;
import org.sluice.api.InspectService;
import org.sluice.api.InterruptReport;
import org.sluice.api.InterruptRequest;
import org.sluice.api.LayoutService;
import org.sluice.api.CaptureService;
import org.sluice.api.Machine;
import org.sluice.api.MachineService;
import org.sluice.api.Mapping;
import org.sluice.api.MappingChange;
import org.sluice.api.MappingRate;
import org.sluice.api.Permissions;
import org.sluice.api.Progress;
import org.sluice.api.QueueEntry;
import org.sluice.api.Region;
import org.sluice.api.RegisterValue;
import org.sluice.api.SpaceBand;
import org.sluice.api.Status;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.api.TranslationStep;
import org.sluice.api.UnitInfo;
import org.sluice.api.VectorResult;
import org.sluice.api.VectorService;
import org.sluice.api.WatchService;
import org.sluice.api.layout.BitField;
import org.sluice.api.layout.BitField.Kind;
import org.sluice.api.layout.StructureLayout;
import org.sluice.api.layout.TableFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Architecture;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;

/**
 * Services with one small machine, {@code lab}: {@code 0000:00:03.0} maps 0x1000 to 0x201000, {@code 0000:00:04.0} is
 * unknown beyond the image, and every other device does not exist.
 */
final class StubServices implements MachineService, InspectService, LayoutService, CaptureService, WatchService, VectorService,
        FaultService, ConflictService {
    static final DeviceId NIC = DeviceId.pci(0, 0, 0x18);
    static final DeviceId ENGINE = DeviceId.pci(0, 0, 0x20);
    static final Fault NOT_MAPPED = new Fault("read-not-permitted", 6, "the tables do not allow a read", "VT-d 7.1.3");
    static final Mapping MAPPING = new Mapping(NIC, -1, 0x1000, 0x2fff, 0x201000, Permissions.READ_WRITE, List.of(4096L), "");
    static final StructureLayout CONTEXT = new StructureLayout("vtd", "context-entry", "Context entry", 128, List.of(
            new BitField("P", 0, 0, Kind.VALUE, "present", Map.of()),
            new BitField("TT", 2, 3, Kind.VALUE, "translation type", Map.of(0L, "untranslated", 2L, "pass-through")),
            new BitField("reserved", 4, 11, Kind.RESERVED, "", Map.of()),
            new BitField("SLPTPTR", 12, 63, Kind.ADDRESS, "second-stage table", Map.of()),
            new BitField("AW", 64, 66, Kind.VALUE, "address width", Map.of(2L, "48-bit"))), "VT-d 9.3");
    static final StructureLayout OTHER_CONTEXT = new StructureLayout("none", "context-entry", "Another", 64, List.of(), "");
    static final TableFormat FORMAT = new TableFormat("vtd", "second-stage-4", "Four levels", List.of(
            new TableFormat.Level(2, 21, 9, 4096, List.of(2097152L), "second-stage-entry"),
            new TableFormat.Level(1, 12, 9, 4096, List.of(4096L), "second-stage-entry")), 48, 46, "VT-d 3.7");

    final List<Machine> open = new ArrayList<>(List.of(machine("lab")));
    final List<Mapping> mappings = new ArrayList<>(List.of(MAPPING));
    final List<Defect> defects = new ArrayList<>();
    final List<Difference> differences = new ArrayList<>();
    Coverage coverage = new Coverage(2, List.of(), 0);
    int leases;
    long dropped;
    boolean lastStopped;

    static Machine machine(String name) {
        PhysicalMemory memory = PhysicalMemory.builder().ram(new AddressRange(0, 0xfffffff)).build();
        MachineDescription description = new MachineDescription(name, Architecture.X86_64, memory.ram(),
                List.of(new MachineDescription.UnitDescription("dmar0", "intel-vtd", 0xfed90000L, Attributes.EMPTY)),
                List.of(device(NIC), device(ENGINE)), List.of(), List.of(), List.of(), Attributes.EMPTY);
        UnitInfo unit = new UnitInfo(0, "dmar0", "intel-vtd", 0xfed90000L, "vtd", new Status("ACTIVE", "", ""));
        return new StubMachine(name, "stub:" + name, description, memory, List.of(unit));
    }

    @Override
    public Written write(Machine machine, Path folder, boolean full, Progress progress) {
        return new Written((full ? "all of " : "") + String.valueOf(folder.getFileName()), 3, 1, 16384);
    }

    @Override
    public List<SpaceBand> picture(Machine machine, DeviceId device, int pasid) {
        return device.equals(NIC) ? List.of(new SpaceBand(NIC, -1, 0x1000, 0x2fff, 0x1000, 4096, 1, 0x2000, "##")) : List.of();
    }

    /** Two looks, or as many as asked for; at each a mapping appears. */
    @Override
    public void mappings(Lease lease, DeviceId device, Pace pace, Consumer<MappingChange> changes, Consumer<MappingRate> rates) {
        for (long look = 1; look <= Math.max(pace.looks(), 2); look++) {
            long millis = look * pace.intervalMillis();
            lease.renew();
            changes.accept(new MappingChange(millis, "appeared", MAPPING, null));
            rates.accept(new MappingRate(millis, pace.intervalMillis(), NIC, -1, 1, 0, 0, 2, 8192));
        }
    }

    @Override
    public void faults(Lease lease, Pace pace, Consumer<FaultRecord> out, Runnable afterLook) {
        faults(lease.machine()).forEach(out);
        afterLook.run();
    }

    @Override
    public List<VectorFolder> export(Path folder, Progress progress) {
        return List.of(new VectorFolder(folder.getFileName() + "/vtd-legacy", "intel-vtd", 41));
    }

    @Override
    public void run(Path path, String qemu, Progress progress, Consumer<VectorResult> out) {
        out.accept(new VectorResult("page", NIC, Access.READ, 0x1010, Result.MAPPED, 0x201010, null, Fault.NO_CODE, List.of(), true, "0x201010", null,
                "VT-d 9.8", "spec"));
        if (qemu != null) {
            out.accept(new VectorResult("denied", NIC, Access.WRITE, 0x3000, Result.FAULT, 0, "write-not-permitted", 5, List.of(0x3000L, 1L), false, "0x203000",
                    "vtd-known", null, null));
        }
    }

    private record StubMachine(String name, String origin, MachineDescription description, PhysicalMemory memory,
            List<UnitInfo> units) implements Machine {
        @Override
        public RegisterPort registers(MachineDescription.UnitDescription unit) {
            return new RegisterImage(unit.name(), Map.of());
        }
    }

    private static DeviceDescription device(DeviceId id) {
        return new DeviceDescription(id, id.value(), "dmar0", true, null, -1, Attributes.EMPTY);
    }

    @Override
    public Machine open(String origin, String name, boolean stopped, Progress progress) {
        lastStopped = stopped;
        Machine machine = machine(name == null ? "unnamed" : name);
        open.add(machine);
        return machine;
    }

    @Override
    public List<Machine> list() {
        return List.copyOf(open);
    }

    @Override
    public void close(String name) {
        if (!open.removeIf(m -> m.name().equals(name))) {
            throw new IommuException(Reason.NOT_FOUND, "no machine '" + name + "' is open: see machine-list");
        }
    }

    @Override
    public Lease lease(String nameOrOrigin, boolean stopped, Progress progress) {
        leases++;
        lastStopped = stopped;
        Machine machine = open.stream().filter(m -> m.name().equals(nameOrOrigin)).findFirst().orElseGet(() -> machine("leased"));
        return new Lease() {
            @Override
            public Machine machine() {
                return machine;
            }

            @Override
            public Machine renew() {
                return machine;
            }

            @Override
            public void close() {
                leases--;
            }
        };
    }

    @Override
    public List<RegisterValue> registers(Machine machine, String unit) {
        if (!unit.equals("dmar0")) {
            throw new IommuException(Reason.UNKNOWN_UNIT, "there is no unit '" + unit + "' in " + machine.name() + ": see unit-list");
        }
        BitField enabled = new BitField("TES", 31, 31, Kind.VALUE, "translation enabled", Map.of());
        StructureLayout layout = new StructureLayout("vtd", "GSTS", "Global status", 32, List.of(enabled), "VT-d 10.4.5");
        return List.of(new RegisterValue("GSTS", 0x1c, 32, List.of(0x80000000L), layout.decode(List.of(0x80000000L))),
                new RegisterValue("RTADDR", 0x20, 64, List.of(), List.of()));
    }

    @Override
    public List<QueueEntry> queues(Machine machine, String unit) {
        return List.of(new QueueEntry("invalidation-queue", 3, 0x1a04030, true, "context-entry", List.of(0x11L, 0L), List.of(),
                "context cache, global"));
    }

    /** One conflict in mode GUEST with each range given. */
    @Override
    public void conflicts(Machine machine, Set<Mode> modes, List<AddressRange> guestRam, Progress progress, Consumer<Conflict> out) {
        if (modes.contains(Mode.GUEST)) {
            guestRam.forEach(ram -> out.accept(new Conflict(Mode.GUEST, null, ram, "msi", "architecture", "guest RAM " + ram)));
        }
    }

    @Override
    public History history(Machine machine) {
        return new History(faults(machine), dropped, List.of(new Count("dmar0", NIC, 8), new Count("dmar0", null, 1)));
    }

    @Override
    public long clear(Machine machine) {
        return 1;
    }

    @Override
    public List<FaultRecord> faults(Machine machine) {
        return List.of(new FaultRecord("dmar0", 0, NIC, -1, 0xdead000, "r", NOT_MAPPED, ""));
    }

    @Override
    public void devices(Machine machine, Progress progress, Consumer<DeviceSummary> out) {
        out.accept(new DeviceSummary(NIC, -1, "dmar0", "vtd", 4, "second-stage", 4, 2, 8192, new Status("TRANSLATED", "", "")));
        out.accept(new DeviceSummary(ENGINE, -1, null, null, -1, "", 0, -1, -1, new Status("UNKNOWN", "NO_UNIT", "no unit serves it")));
    }

    @Override
    public Coverage mappings(Machine machine, DeviceId device, int pasid, Progress progress, Consumer<Mapping> out) {
        requireKnown(device == null ? NIC : device);
        mappings.forEach(out);
        return coverage;
    }

    @Override
    public TranslationReport translate(Machine machine, TranslationRequest request, boolean steps) {
        requireKnown(request.device());
        TranslationReport report;
        if (request.device().equals(ENGINE)) {
            report = TranslationReport.unknown(request, 0x7000L, 2, "the table at 0x7000 is not in the image");
        } else if (request.iova() >>> 12 == 1) {
            report = TranslationReport.mapped(request, 0x200000 + request.iova(), 4096, Permissions.READ_WRITE, 1);
        } else if (request.iova() == 0xfee00000L) {
            report = TranslationReport.passThrough(request, "interrupt range");
        } else if (request.iova() == 0x3000) {
            report = TranslationReport.fault(request, NOT_MAPPED, 1, "the page is write-only").withLeaf(4096, Permissions.WRITE);
        } else {
            report = TranslationReport.fault(request, NOT_MAPPED, 3, "no entry at level 3");
        }
        TranslationStep step = new TranslationStep("context-entry", 0x1a02180, List.of(0x1a03001L, 2L), 0, "domain 4");
        return steps ? report.withSteps(List.of(step)) : report;
    }

    @Override
    public InterruptReport remapInterrupt(Machine machine, InterruptRequest request, boolean steps) {
        requireKnown(request.device());
        if (request.data() == 1) {
            Fault fault = new Fault("irte-not-present", 0x22, "not present", "VT-d 5.1");
            return InterruptReport.plain(request, InterruptReport.Result.BLOCKED, fault, "");
        }
        return new InterruptReport(request, InterruptReport.Result.REMAPPED, 0x30, 0, "physical", "fixed", "edge", 0xfee00008L, 0x4030,
                1, 0x1a00010, List.of(0x300009L, 0x4ff00L), null, "", List.of());
    }

    @Override
    public Coverage verify(Machine machine, DeviceId device, Progress progress, Consumer<Defect> out) {
        defects.forEach(out);
        return coverage;
    }

    @Override
    public Coverage diff(Machine left, Machine right, Progress progress, Consumer<Difference> out) {
        differences.forEach(out);
        return coverage;
    }

    @Override
    public List<Region> regions(Machine machine) {
        return List.of(new Region(null, new AddressRange(0xfee00000L, 0xfeefffffL), "msi", "architecture"));
    }

    @Override
    public List<StructureLayout> structures() {
        return List.of(OTHER_CONTEXT, CONTEXT);
    }

    @Override
    public List<TableFormat> formats() {
        return List.of(FORMAT);
    }

    private static void requireKnown(DeviceId device) {
        if (!device.equals(NIC) && !device.equals(ENGINE)) {
            throw new IommuException(Reason.UNKNOWN_DEVICE, "no unit of lab knows " + device + ": see device-list");
        }
    }

    /** Backends have a service of their own, because both it and the machines have a {@code list()}. */
    static final BackendService BACKENDS = new BackendService() {
        @Override
        public List<BackendInfo> list() {
            return List.of(new BackendInfo("vtd", "Intel VT-d", "0.1.0", List.of("intel-vtd"), List.of(BackendInfo.Half.INSPECTOR, BackendInfo.Half.MODEL),
                    List.of(new BackendInfo.Capability("pasid", BackendInfo.Support.SUPPORTED, "works"))));
        }

        @Override
        public List<EmulatorQuirk> quirks() {
            return List.of(new EmulatorQuirk("amdvi", "amdvi-one", "7.2", null, "a is b (sheet 1)", "QEMU does c"),
                    new EmulatorQuirk("vtd", "vtd-old", "7.2", "10.0", "d is e (sheet 2)", "QEMU does f"),
                    new EmulatorQuirk("vtd", "vtd-new", "8.1", null, "g is h (sheet 3)", "QEMU does i"));
        }
    };
}

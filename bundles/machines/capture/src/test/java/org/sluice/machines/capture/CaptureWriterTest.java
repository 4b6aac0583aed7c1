// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;

import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.sluice.api.CaptureService.Written;
import org.sluice.api.InspectService;
import org.sluice.api.Machine;
import org.sluice.api.Progress;
import org.sluice.api.UnitInfo;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.InterruptController;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.PhysicalMemory.Presence;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.MachineSource.OpenedMachine;
import org.sluice.testkit.Captures;

public class CaptureWriterTest {
    @Rule
    public final TemporaryFolder temporary = new TemporaryFolder();

    /** Captures are written as they are: nobody needs to look into them. */
    private static CaptureWriter writer() {
        return writer((proxy, method, arguments) -> {
            throw new AssertionError("asked " + method.getName());
        });
    }

    private static CaptureWriter writer(InvocationHandler inspector) {
        return new CaptureWriter((InspectService) Proxy.newProxyInstance(InspectService.class.getClassLoader(),
                new Class<?>[] {InspectService.class}, inspector));
    }

    private record Opened(OpenedMachine opened) implements Machine {
        @Override
        public String name() {
            return opened.description().name();
        }

        @Override
        public String origin() {
            return "";
        }

        @Override
        public MachineDescription description() {
            return opened.description();
        }

        @Override
        public PhysicalMemory memory() {
            return opened.memory();
        }

        @Override
        public List<UnitInfo> units() {
            return List.of();
        }

        @Override
        public RegisterPort registers(UnitDescription unit) {
            return opened.registers(unit);
        }
    }

    private static Opened open(Path path) {
        return new Opened(new CaptureSource().open(path.toString(), Progress.NONE));
    }

    private Path folder(String name) {
        return temporary.getRoot().toPath().resolve(name);
    }

    private static void assertSame(String name, Opened before, Opened after) {
        MachineDescription a = before.description();
        MachineDescription b = after.description();
        assertEquals(name, a.architecture(), b.architecture());
        assertEquals(name, before.memory().ram(), after.memory().ram());
        assertEquals(name, a.groups(), b.groups());
        assertEquals(name, controllers(a), controllers(b));
        for (int i = 0; i < a.units().size(); i++) {
            assertEquals(name, a.units().get(i).name(), b.units().get(i).name());
            assertEquals(name, a.units().get(i).registerBase(), b.units().get(i).registerBase());
            assertEquals(name, words(before, i), words(after, i));
        }
        for (int i = 0; i < a.devices().size(); i++) {
            DeviceDescription d = a.devices().get(i);
            DeviceDescription e = b.devices().get(i);
            assertEquals(name, List.of(d.device(), d.requesterId(), d.unitStated(), d.group(), String.valueOf(d.unit())),
                    List.of(e.device(), e.requesterId(), e.unitStated(), e.group(), String.valueOf(e.unit())));
        }
        for (int i = 0; i < a.firmware().size(); i++) {
            assertEquals(name, a.firmware().get(i).signature(), b.firmware().get(i).signature());
            assertArrayEquals(name, a.firmware().get(i).bytes(), b.firmware().get(i).bytes());
        }
        assertSameMemory(name, before.memory(), after.memory());
    }

    private static List<String> controllers(MachineDescription machine) {
        return machine.interruptControllers().stream().map(c -> c.type() + " " + c.doorbell() + " " + c.sourceId()).toList();
    }

    private static Object words(Opened machine, int unit) {
        return ((RegisterImage) machine.registers(machine.description().units().get(unit))).words();
    }

    private static void assertSameMemory(String name, PhysicalMemory a, PhysicalMemory b) {
        assertEquals(name, bytes(a), bytes(b));
        for (AddressRange range : a.present()) {
            for (long at = range.start(); at < range.last(); at += 8) {
                if (a.readLong(at) != b.readLong(at)) {
                    throw new AssertionError(name + ": differs at " + Long.toHexString(at));
                }
            }
        }
    }

    private static long bytes(PhysicalMemory memory) {
        return memory.present().stream().mapToLong(AddressRange::size).sum();
    }

    @Test
    public void everyCaptureIsWrittenAsItWasRead() throws IOException {
        for (String name : Captures.all()) {
            Opened before = open(Captures.path(name));
            Written written = writer().write(before, folder(name), Progress.NONE);
            Opened after = open(folder(name));
            assertEquals(name, after.name());
            assertSame(name, before, after);
            assertEquals(name, bytes(before.memory()), (written.pages() + written.zeroPages()) * 4096);
            assertEquals("the same pages, in the same order", Files.size(Captures.path(name).resolve("memory.elf")), written.imageBytes());
            assertEquals(before.description().extra().child("pages").orElseThrow().keys(),
                    after.description().extra().child("pages").orElseThrow().keys());
        }
    }

    @Test
    public void aBareCoreBecomesACaptureWhoseRamIsUnknown() throws IOException {
        Path elf = Files.copy(Captures.path("vtd-legacy").resolve("memory.elf"), folder("dump.elf"));
        Opened before = open(elf);
        writer().write(before, folder("dump"), Progress.NONE);
        Opened after = open(folder("dump"));
        assertSame("dump", before, after);
        assertFalse(after.memory().ramKnown());
        assertEquals(Presence.UNKNOWN, after.memory().presence(0x2000000, 8));
        assertEquals("intel-vtd", after.description().units().get(0).type());
    }

    @Test
    public void zeroPagesAreListedAndPagesKnownInPartAreLeftOut() throws IOException {
        new ElfFile().load(0x10000, 0x3000, 1).load(0x20100, 0x1e00, 1).write(folder("dump.elf"));
        Written written = writer().write(open(folder("dump.elf")), folder("dump"), Progress.NONE);
        assertEquals(1, written.pages());
        assertEquals("two after the word, none of 0x20100-0x21eff", 2, written.zeroPages());
        Opened after = open(folder("dump"));
        assertEquals(1, after.memory().readLong(0x10000));
        assertEquals(0, after.memory().readLong(0x11000));
        assertEquals(Presence.UNKNOWN, after.memory().presence(0x21000, 8));
    }

    @Test
    public void registersWithoutADescriptionAreWrittenAsWords() throws IOException {
        Files.writeString(folder("ram.json"), """
                {"schema": "iommu-capture/1", "arch": "x86_64", "ram": [{"start": "0x0", "last": "0xfff"}],
                 "units": [{"name": "u", "type": "t", "mmioBase": "0x1000"}],
                 "extra": {"rawMemory": [{"start": "0x0", "last": "0xfff", "offset": "0x0"}]}}""");
        Files.write(folder("ram"), new byte[4096]);
        OpenedMachine opened = new CaptureSource().open(folder("ram").toString(), Progress.NONE);
        OpenedCapture known = new OpenedCapture(opened.description(),
                Map.of("u", new RegisterImage("u", Map.of(0, 7, 4, -1, 0x20, 9))), opened.memory());
        writer().write(new Opened(known), folder("out"), Progress.NONE);
        assertEquals(Map.of(0, 7, 4, -1, 0x20, 9), words(open(folder("out")), 0));
    }

    @Test
    public void whatADescriptionSaysInItsOwnTermsIsWrittenToo() {
        OpenedMachine capture = running();
        MachineDescription d = capture.description();
        List<InterruptController> controllers = List.of(new InterruptController("gicv3-its", AddressRange.ofSize(0x8090040, 4), -1, Attributes.EMPTY),
                new InterruptController("io-apic", null, 0xa0, Attributes.EMPTY));
        MachineDescription made = new MachineDescription("made", d.architecture(), capture.memory().ram(), List.of(), List.of(), List.of(), controllers,
                List.of(), Attributes.EMPTY);
        writer().write(new Opened(new OpenedCapture(made, Map.of(), capture.memory())), folder("made"), true, Progress.NONE);
        assertEquals(List.of("gicv3-its 0x8090040-0x8090043 -1", "io-apic null 160"), controllers(open(folder("made")).description()));
    }

    /** Mappings of a virtio-iommu by the million, say: a capture that could not be opened is none. */
    @Test
    public void whatIsTooLargeToBeReadAgainIsNotWritten() {
        OpenedMachine capture = running();
        UnitDescription unit = new UnitDescription("u", "t", -1, new Attributes(Map.of("domains", Collections.nCopies(JsonTree.MAX_VALUES, 1L))));
        Opened machine = new Opened(new OpenedCapture(capture.description().withUnits(List.of(unit)), Map.of("u", new RegisterImage("u", Map.of())), capture.memory()));
        IommuException e = assertThrows(IommuException.class, () -> writer().write(machine, folder("large"), true, Progress.NONE));
        assertEquals(Reason.LIMIT, e.reason());
        assertFalse(Files.exists(folder("large")));
    }

    /** An inspector that reads two pages stands for all of them. */
    @Test
    public void ofAMachineThatRunsOnlyPagesThatMatterAreWrittenUnlessAllIsAskedFor() throws IOException {
        InvocationHandler reader = (proxy, method, arguments) -> {
            if (method.getName().equals("verify")) {
                ((Machine) arguments[0]).memory().readLong(0x3000);
                ((Machine) arguments[0]).memory().readLong(0x8000);
            }
            return method.getReturnType() == List.class ? List.of() : null;
        };
        Written part = writer(reader).write(new Opened(running()), folder("part"), Progress.NONE);
        assertEquals(1, part.pages());
        assertEquals("one of them is zero", 1, part.zeroPages());
        Opened read = open(folder("part"));
        assertEquals(0x3008, read.memory().readLong(0x3008));
        assertEquals(0, read.memory().readLong(0x8000));
        assertEquals(Presence.UNKNOWN, read.memory().presence(0x4000, 8));
        Written all = writer().write(new Opened(running()), folder("all"), true, Progress.NONE);
        assertEquals(16, all.pages() + all.zeroPages());
        assertEquals(0x4008, open(folder("all")).memory().readLong(0x4008));
    }

    /** Words hold their address, but the page at 0x8000 is zero. */
    private static OpenedMachine running() {
        OpenedMachine capture = new CaptureSource().open(Captures.path("vtd-legacy").toString(), Progress.NONE);
        MachineDescription d = capture.description();
        PhysicalMemory memory = PhysicalMemory.builder().ram(new AddressRange(0, 0xffff)).loaded(new AddressRange(0, 0xffff), (page, into) -> {
            into.order(ByteOrder.LITTLE_ENDIAN);
            for (int at = 0; at < 4096; at += 8) {
                into.putLong(page == 0x8000 ? 0 : page + at);
            }
        }).build();
        MachineDescription small = new MachineDescription("running", d.architecture(), memory.ram(), List.of(), List.of(), List.of(), List.of(),
                List.of(), Attributes.EMPTY);
        return new OpenedCapture(small, Map.of(), memory);
    }

    @Test
    public void aFolderWithSomethingInItIsRefusedAndLeftAlone() throws IOException {
        Path full = temporary.newFolder("full").toPath();
        Files.writeString(full.resolve("note"), "mine");
        Opened machine = open(Captures.path("zpci"));
        IommuException e = assertThrows(IommuException.class, () -> writer().write(machine, full, Progress.NONE));
        assertEquals(Reason.CONFLICT, e.reason());
        assertTrue(Files.exists(full.resolve("note")));
        assertEquals(Reason.CONFLICT, assertThrows(IommuException.class,
                () -> writer().write(machine, full.resolve("note"), Progress.NONE)).reason());
        assertThrows(IommuException.class, () -> writer().write(machine, full.resolve("note").resolve("below"), Progress.NONE));
    }

    @Test
    public void afterAFailureNothingIsLeft() {
        Progress failing = (what, done, total) -> {
            throw new IllegalStateException("stopped");
        };
        assertThrows(IllegalStateException.class, () -> writer().write(new Opened(big()), folder("big"), failing));
        assertFalse(Files.exists(folder("big")));
    }

    private static OpenedMachine big() {
        OpenedMachine small = new CaptureSource().open(Captures.path("zpci").toString(), Progress.NONE);
        return new OpenedCapture(small.description(), Map.of(), PhysicalMemory.allocate(new AddressRange(0, (32 << 20) - 1)));
    }
}

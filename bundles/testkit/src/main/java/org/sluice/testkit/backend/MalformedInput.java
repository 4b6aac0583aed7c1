// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.backend;

import static org.junit.Assert.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;

import org.junit.Test;
import org.sluice.api.Access;
import org.sluice.api.Defect;
import org.sluice.api.InterruptRequest;
import org.sluice.api.Permissions;
import org.sluice.api.TranslationReport;
import org.sluice.api.TranslationRequest;
import org.sluice.machine.AddressRange;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.IommuException;
import org.sluice.machine.MachineDescription;
import org.sluice.machine.MachineDescription.DeviceDescription;
import org.sluice.machine.MachineDescription.UnitDescription;
import org.sluice.machine.PhysicalMemory;
import org.sluice.machine.RegisterImage;
import org.sluice.machine.RegisterPort;
import org.sluice.spi.Backend;
import org.sluice.spi.Backend.PowerOn;
import org.sluice.spi.DefectSink;
import org.sluice.spi.DeviceTranslation;
import org.sluice.spi.Inspector;
import org.sluice.spi.UnitContext;
import org.sluice.spi.UnitModel;
import org.sluice.testkit.Seed;

/**
 * Whatever stands in memory and registers, inspector and model answer, within bounds and without an exception: random words, tables that
 * point to themselves, at each other, and to where there is no memory. A backend subclasses this and says how registers lead to
 * tables; what it gives is then changed at random.
 */
public abstract class MalformedInput {
    private static final long PAGE = 4096;
    private static final AddressRange RAM = new AddressRange(0, 64 * PAGE - 1);
    private static final AddressRange MISSING = new AddressRange(64 * PAGE, 80 * PAGE - 1);
    private static final int ROUNDS = 30;
    private static final int QUESTIONS = 40;
    private static final int WRITES = 400;
    private static final int REGISTER_SPACE = 0x4000;
    private static final int DEVICES = 3;
    private static final int MIN_KINDS = 3;
    private static final long LIMIT_NANOS = 20_000_000_000L;

    private final Random random = Seed.random();

    protected abstract Backend backend();

    /** A unit of the backend; its attributes may lead to tables at {@code root}. */
    protected abstract UnitDescription unit(Random generator, long root);

    /** Registers of a unit in use whose tables are at {@code root}, queues at {@code queue}; by offset. */
    protected abstract Map<Integer, Integer> registers(Random generator, long root, long queue);

    /** Memory of pages that are each bad in a way of its own. */
    private PhysicalMemory memory() {
        PhysicalMemory whole = PhysicalMemory.allocate(RAM);
        for (long page = 0; page < RAM.size(); page += PAGE) {
            int kind = random.nextInt(8);
            int low = random.nextInt((int) PAGE);
            for (long at = page; at < page + PAGE; at += Long.BYTES) {
                whole.writeLong(at, word(kind, page, low));
            }
        }
        PhysicalMemory.Builder builder = PhysicalMemory.builder().ram(RAM).ram(MISSING);
        builder.data(0, bytes(whole), true);
        return builder.build();
    }

    private static ByteBuffer bytes(PhysicalMemory memory) {
        ByteBuffer bytes = ByteBuffer.allocateDirect((int) RAM.size()).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < RAM.size(); at += Long.BYTES) {
            bytes.putLong(at, memory.readLong(at));
        }
        return bytes;
    }

    private long word(int kind, long page, int low) {
        return switch (kind) {
            case 0 -> random.nextLong();
            case 1 -> page(RAM) | low;
            case 2 -> page | low;
            case 3 -> page(RAM) | random.nextInt((int) PAGE);
            case 4 -> (random.nextBoolean() ? page(MISSING) : random.nextLong() & -PAGE) | low;
            case 5 -> random.nextInt(4) == 0 ? -1L : page(RAM) | low;
            case 6 -> Long.reverseBytes(page(RAM) | low);
            default -> random.nextInt(8) == 0 ? random.nextLong() : 0;
        };
    }

    private long page(AddressRange range) {
        return range.start() + random.nextInt((int) (range.size() / PAGE)) * PAGE;
    }

    private MachineDescription machine(UnitDescription unit) {
        List<DeviceDescription> devices = IntStream.range(0, DEVICES).mapToObj(i -> DeviceId.pci(0, i, 8 * i))
                .map(id -> new DeviceDescription(id, id.requesterId(), unit.name(), true, null, -1, new Attributes(Map.of("ats", true)))).toList();
        return new MachineDescription("bad", null, List.of(RAM, MISSING), List.of(unit), devices, List.of(), List.of(), List.of(), Attributes.EMPTY);
    }

    /** A unit with registers of which some have other bits than they should, and some are not known. */
    private UnitContext context() {
        long root = page(RAM);
        UnitDescription unit = unit(random, root);
        Map<Integer, Integer> words = new HashMap<>(registers(random, root, page(RAM)));
        for (int offset : List.copyOf(words.keySet())) {
            int luck = random.nextInt(40);
            if (luck == 0) {
                words.remove(offset);
            } else if (luck < 3) {
                words.merge(offset, 1 << random.nextInt(Integer.SIZE), (a, b) -> a ^ b);
            } else if (luck == 3) {
                words.put(offset, random.nextInt());
            }
        }
        return new UnitContext(machine(unit), unit, memory(), new RegisterImage(unit.name(), words));
    }

    private long iova() {
        return switch (random.nextInt(4)) {
            case 0 -> random.nextLong();
            case 1 -> 0xfee0_0000L + random.nextInt(1 << 20);
            case 2 -> random.nextLong() >>> 16;
            default -> random.nextInt(1 << 30);
        };
    }

    private int pasid() {
        return random.nextInt(3) == 0 ? random.nextInt(1 << 20) : TranslationRequest.NO_PASID;
    }

    private DeviceId device() {
        int id = random.nextBoolean() ? random.nextInt(DEVICES) * 0x108 : random.nextInt(1 << 16);
        return DeviceId.pci(0, id >>> 8, id & 0xff);
    }

    private static void within(String what, long start) {
        assertTrue(what + " took too long", System.nanoTime() - start < LIMIT_NANOS);
    }

    /** The answers are of many kinds too, or the words would not have got far. */
    @Test(timeout = 300_000)
    public final void anInspectorAnswersWhateverThereIs() {
        Set<String> kinds = new TreeSet<>();
        for (int round = 0; round < ROUNDS; round++) {
            UnitContext context = context();
            Optional<Inspector> found = backend().inspector(context);
            if (found.isEmpty()) {
                return;
            }
            Inspector inspector = found.get();
            long start = System.nanoTime();
            for (int i = 0; i < QUESTIONS; i++) {
                Access access = Access.values()[random.nextInt(Access.values().length)];
                TranslationReport report = inspector.translate(new TranslationRequest(device(), pasid(), iova(), access), random.nextBoolean());
                kinds.add(report.fault() == null ? report.result().name() : report.fault().name());
                inspector.remapInterrupt(new InterruptRequest(device(), iova(), random.nextInt()), true);
                inspector.context(device(), pasid());
            }
            within("questions", start);
            inspector.contexts(c -> { });
            within("contexts", start);
            inspector.verify(random.nextInt(4) == 0 ? null : device(), NOWHERE);
            within("verification", start);
            inspector.registers();
            inspector.queues();
            inspector.faults();
            within("lists", start);
        }
        assertTrue(kinds.toString(), kinds.size() >= MIN_KINDS);
    }

    private static final DefectSink NOWHERE = new DefectSink() {
        @Override
        public void defect(Defect defect) {
            assertTrue(defect.toString(), !defect.defect().isBlank());
        }

        @Override
        public void unknown(long address) {
            // What is missing is no defect.
        }

        @Override
        public void looked(long entries) {
            // Counting is for progress.
        }
    };

    @Test(timeout = 300_000)
    public final void aModelOfAStoppedMachineAnswers() {
        for (int round = 0; round < ROUNDS; round++) {
            Optional<UnitModel> model = backend().model(context());
            if (model.isEmpty()) {
                return;
            }
            long start = System.nanoTime();
            ask(model.get());
            within("questions", start);
        }
    }

    private void ask(UnitModel model) {
        for (int i = 0; i < QUESTIONS; i++) {
            int requester = device().requesterId();
            model.translate(requester, pasid(), iova(), 1 << random.nextInt(3));
            model.interrupt(requester, iova(), random.nextInt());
            model.deviceTranslation().ifPresent(devices -> {
                devices.request(requester, pasid(), iova(), random.nextInt(Permissions.ALL + 1), new DeviceTranslation.Reply());
                devices.translated(requester, iova(), 1 << random.nextInt(2));
                devices.pageRequest(requester, pasid(), iova(), random.nextInt(Permissions.ALL + 1), random.nextInt(512), random.nextBoolean());
            });
        }
    }

    /** Software writes anything anywhere, and devices go on. */
    @Test(timeout = 300_000)
    public final void aModelTakesWhateverIsWritten() {
        for (int round = 0; round < ROUNDS; round++) {
            UnitDescription told = unit(random, page(RAM));
            Optional<PowerOn> made = backend().powerOn(machine(told));
            if (made.isEmpty()) {
                return;
            }
            UnitDescription unit = made.get().unit();
            UnitModel model = backend().model(new UnitContext(machine(unit), unit, memory(), new RegisterImage(unit.name(), made.get().registers())))
                    .orElseThrow();
            long start = System.nanoTime();
            Map<Integer, Integer> likely = registers(random, page(RAM), page(RAM));
            List<Integer> offsets = likely.keySet().stream().sorted().toList();
            for (int i = 0; i < WRITES; i++) {
                int offset = random.nextBoolean() && !offsets.isEmpty() ? offsets.get(random.nextInt(offsets.size()))
                        : random.nextInt(REGISTER_SPACE) & -Integer.BYTES;
                write(model.registers(), offset, random.nextInt(3) > 0 ? likely.getOrDefault(offset, (int) word(3, 0, 0)) : random.nextInt());
                if (i % 50 == 0) {
                    ask(model);
                }
            }
            within("writes", start);
        }
    }

    private void write(RegisterPort registers, int offset, int value) {
        if (!registers.isKnown(offset & -Long.BYTES, Long.BYTES)) {
            return;
        }
        try {
            if (random.nextInt(3) == 0) {
                registers.write64(offset & -Long.BYTES, value & 0xffff_ffffL);
            } else {
                registers.write32(offset, value);
            }
        } catch (IommuException e) {
            assertTrue(e.toString(), e.reason() == IommuException.Reason.UNSUPPORTED);
        }
    }
}

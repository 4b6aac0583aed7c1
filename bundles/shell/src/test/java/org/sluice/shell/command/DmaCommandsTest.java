// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

import org.junit.After;
import org.junit.Test;
import org.sluice.api.InterruptMessage;
import org.sluice.api.Machine;
import org.sluice.api.dma.DmaPort;
import org.sluice.api.dma.DmaService;
import org.sluice.api.dma.TrafficService;
import org.sluice.api.space.InterruptService;
import org.sluice.machine.DeviceId;
import org.sluice.shell.command.TestShell.Result;

/** DMA and interrupts of a device by hand: MSI-02 for somebody at the prompt. */
public class DmaCommandsTest {
    private static final long DOORBELL = 0xfee00018L;

    private final Device device = new Device();
    private final Vectors vectors = new Vectors();
    private final List<TrafficService.Traffic> traffic = new ArrayList<>();
    private final TestShell shell = new TestShell(new StubServices(), StubServices.BACKENDS, vectors, new Traffics(), (DmaService) device::behind);

    /** Memory of 4 KiB at 0x1000; a doorbell; what lies between leads nowhere, everything from 0x8000_0000_0000 on faults with the stub's code. */
    private final class Device implements DmaPort {
        private final byte[] memory = new byte[4096];
        private final List<Integer> pasids = new ArrayList<>();

        DmaPort behind(Machine machine, DeviceId who, int pasid) {
            assertEquals(StubServices.NIC, who);
            pasids.add(pasid);
            return this;
        }

        private int at(long iova) {
            return iova >= 0x8000_0000_0000L ? -1 - StubServices.NOT_MAPPED.code() : iova >>> 12 == 1 ? OK : NO_MEMORY;
        }

        @Override
        public int read(long iova, byte[] into, int offset, int length) {
            Arrays.fill(into, offset, offset + length, (byte) 0xff);
            if (at(iova) == OK) {
                System.arraycopy(memory, (int) iova & 0xfff, into, offset, length);
            }
            return at(iova);
        }

        @Override
        public int write(long iova, byte[] from, int offset, int length) {
            if (iova == DOORBELL) {
                return INTERRUPT;
            }
            if (at(iova) == OK) {
                System.arraycopy(from, offset, memory, (int) iova & 0xfff, length);
            }
            return at(iova);
        }

        @Override
        public int message(long address, int data) {
            throw new AssertionError();
        }

        @Override
        public int raise(int index) {
            return index == 0 ? INTERRUPT : BLOCKED;
        }

        @Override
        public long translate(long iova, int permission) {
            throw new AssertionError();
        }
    }

    private static final class Vectors implements InterruptService {
        private final List<Route> routes = new ArrayList<>();

        @Override
        public List<InterruptMessage> enable(Machine machine, DeviceId device, int count, boolean allowUnisolated, Listener listener) {
            assertEquals("only an operator's decision allows it", false, allowUnisolated);
            routes.clear();
            for (int i = 0; i < count; i++) {
                routes.add(new Route(device, i, new InterruptMessage(DOORBELL, i), 48 + i, 0, "remapped by dmar0", "", 0));
            }
            return routes.stream().map(Route::message).toList();
        }

        @Override
        public void disable(Machine machine, DeviceId device) {
            routes.clear();
        }

        @Override
        public List<Route> routes(Machine machine) {
            return List.copyOf(routes);
        }
    }

    private final class Traffics implements TrafficService {
        @Override
        public void start(Machine machine, DeviceId who, long rate) {
            throw new AssertionError();
        }

        @Override
        public Traffic stop(Machine machine, DeviceId who) {
            throw new AssertionError();
        }

        @Override
        public List<Traffic> list() {
            return List.copyOf(traffic);
        }
    }

    @After
    public void close() {
        shell.close();
    }

    @Test
    public void whatADeviceWroteItReads() {
        assertEquals("""
                device  0000:00:03.0
                iova    0x0000000000001010
                bytes   4
                result  done
                """, shell.run("dma-write lab 00:03.0 0x1010 0x6d6f6f42").out());
        assertEquals("42 in little-endian order", "426f6f6d", HexFormat.of().formatHex(device.memory, 16, 20));
        Result read = shell.run("dma-read lab 00:03.0 0x1008 20");
        assertEquals(0, read.status());
        assertEquals(List.of("", "0x0000000000001008  00 00 00 00 00 00 00 00 42 6f 6f 6d 00 00 00 00  |........Boom....|",
                "0x0000000000001018  00 00 00 00                                      |....|"), read.lines().subList(4, 7));
        assertEquals(TestShell.json("{'device':'0000:00:03.0','pasid':7,'iova':'0x1010','bytes':4,'result':'done','data':'426f6f6d'}\n"),
                shell.run("dma-read lab 00:03.0 0x1010 4 --pasid 7 --json").out());
        assertEquals(List.of(-1, -1, 7), device.pasids);
    }

    @Test
    public void everyWidthIsWrittenAndNoMore() {
        Arrays.fill(device.memory, (byte) 0xaa);
        for (int bits : new int[] {8, 16, 32, 64}) {
            assertEquals(0, shell.run("dma-write lab 00:03.0 " + (0x1000 + bits) + " 0x1f --width " + bits).status());
            assertEquals("1f" + "00".repeat(bits / 8 - 1) + "aa", HexFormat.of().formatHex(device.memory, bits, bits + bits / 8 + 1));
        }
        assertRefused("dma-write lab 00:03.0 0x1000 0x100 --width 8", "--width");
        assertRefused("dma-write lab 00:03.0 0x1000 1 --width 24", "'24' is no width");
        assertRefused("dma-read lab 00:03.0 0x1000 0", "1 to 64K");
        assertRefused("dma-read lab 00:03.0 0x1000 65537", "1 to 64K");
        assertRefused("dma-read lab 00:03.0 0xfffffffffffffff8 9", "no range");
        assertEquals((byte) 0xaa, device.memory[0]);
    }

    @Test
    public void whatDoesNotArriveIsANegativeAnswerWithItsReason() {
        Result fault = shell.run("dma-read lab 00:03.0 0x800000000000 --json");
        assertEquals(1, fault.status());
        assertEquals(TestShell.json("{'device':'0000:00:03.0','iova':'0x800000000000','bytes':16,'result':'fault','fault':'read-not-permitted','faultCode':'0x6',"
                + "'reason':'the tables do not allow a read'}\n"), fault.out());
        Result lost = shell.run("dma-write lab 00:03.0 0x5000 1 --json");
        assertEquals(1, lost.status());
        assertTrue(lost.out(), lost.out().contains(TestShell.json("'result':'no-memory','reason':'no memory answers there'")));
    }

    @Test
    public void dataAtADoorbellRaisesAnInterruptAndIsReadAsOnes() {
        Result forged = shell.run("dma-write lab 00:03.0 0xfee00018 0 --json");
        assertEquals(0, forged.status());
        assertTrue(forged.out(), forged.out().contains(TestShell.json("'result':'interrupt'")));
        Result read = shell.run("dma-read lab 00:03.0 0xfee00018 2 --json");
        assertEquals(1, read.status());
        assertTrue(read.out(), read.out().contains(TestShell.json("'result':'no-memory'")) && read.out().contains(TestShell.json("'data':'ffff'")));
    }

    @Test
    public void vectorsAreSetUpRaisedAndEnded() {
        assertRefused("interrupt-raise lab 00:03.0", "interrupt-enable");
        assertEquals("0000:00:03.0 has no vectors\n", shell.run("interrupt-disable lab 00:03.0").out());
        assertEquals("""
                DEVICE        INDEX  ADDRESS             DATA  VECTOR  DESTINATION  PATH               COUNT
                0000:00:03.0      0  0x00000000fee00018  0x0       48            0  remapped by dmar0      0
                0000:00:03.0      1  0x00000000fee00018  0x1       49            0  remapped by dmar0      0
                """, shell.run("interrupt-enable lab 00:03.0 2").out());
        assertEquals(0, shell.run("interrupt-raise lab 00:03.0").status());
        Result blocked = shell.run("interrupt-raise lab 00:03.0 1 --json");
        assertEquals(1, blocked.status());
        assertTrue(blocked.out(), blocked.out().contains(TestShell.json("'iova':'0xfee00018','bytes':4,'result':'blocked'")));
        assertRefused("interrupt-raise lab 00:03.0 2", "no vector 2");
        assertRefused("interrupt-enable lab 00:03.0 0", "1 to 2048");
        assertRefused("interrupt-enable lab 00:03.0 2049", "1 to 2048");
        assertEquals("2 vectors ended\n", shell.run("interrupt-disable lab 00:03.0").out());
        assertEquals(List.of(), vectors.routes);
    }

    @Test
    public void vectorsOfADeviceThatRunsTrafficAreNotReplaced() {
        traffic.add(new TrafficService.Traffic("lab", StubServices.NIC, true, 0, 0, 0, 0, 0, 0, ""));
        assertRefused("interrupt-enable lab 00:03.0", "traffic-stop lab 0000:00:03.0 first");
        assertRefused("interrupt-disable lab 00:03.0", "traffic-stop lab 0000:00:03.0 first");
        traffic.set(0, new TrafficService.Traffic("lab", StubServices.NIC, false, 0, 0, 0, 0, 0, 0, ""));
        assertEquals(0, shell.run("interrupt-enable lab 00:03.0").status());
    }

    /** Some values Karaf turns away before the command runs, others the command does. */
    @Test
    public void whatIsNoRateIsRefusedWhoeverLooksAtIt() {
        assertRefused("traffic-start lab 00:03.0 --rate=-1", "0 or more");
        assertRefused("traffic-start lab 00:03.0 --rate -1", "-1");
        assertRefused("traffic-start lab 00:03.0 --rate x", "x");
    }

    private void assertRefused(String line, String part) {
        Result result = shell.run(line);
        assertEquals(line, 2, result.status());
        assertTrue(line + ": " + result.failure(), result.failure().getMessage().contains(part));
    }
}

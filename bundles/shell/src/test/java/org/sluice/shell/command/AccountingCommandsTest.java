// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

import org.junit.After;
import org.junit.Test;
import org.sluice.api.Machine;
import org.sluice.api.space.Account;
import org.sluice.api.space.AccountingService;
import org.sluice.api.space.AddressSpace;
import org.sluice.api.space.Change;
import org.sluice.api.space.InterruptService;
import org.sluice.api.space.Refusal;
import org.sluice.api.space.Refusal.Rule;
import org.sluice.api.space.SpaceService;
import org.sluice.machine.DeviceId;
import org.sluice.shell.command.TestShell.Result;

/** Commands of accounts, and of who may raise interrupts of others. */
public class AccountingCommandsTest {
    private static final long MIB = 1 << 20;

    private final AddressSpace guest = stub(AddressSpace.class, (name, arguments) -> name.equals("name") ? "guest1" : null);
    private final SpaceService spaces = stub(SpaceService.class, (name, arguments) -> name.equals("find") ? guest : List.of(guest));
    private final Set<DeviceId> allowed = new TreeSet<>();
    private final InterruptService interrupts = stub(InterruptService.class, (name, arguments) -> {
        if (name.equals("unisolated")) {
            return List.copyOf(allowed);
        }
        boolean changed = (boolean) arguments[2] ? allowed.add((DeviceId) arguments[1]) : allowed.remove((DeviceId) arguments[1]);
        assertTrue(changed);
        return null;
    });
    private final Accounts accounts = new Accounts();
    private final TestShell shell = new TestShell(new StubServices(), StubServices.BACKENDS, spaces, interrupts, accounts);

    private interface Answer {
        Object of(String name, Object[] arguments);
    }

    private static <T> T stub(Class<T> type, Answer answer) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, (self, method, arguments) -> switch (method.getName()) {
            case "hashCode" -> System.identityHashCode(self);
            case "equals" -> self == arguments[0];
            case "toString" -> type.getSimpleName();
            default -> answer.of(method.getName(), arguments);
        }));
    }

    /** One space with 3 MiB pinned; everything above 8 MiB in all is refused. */
    private static final class Accounts implements AccountingService {
        private final List<Change> asked = new ArrayList<>();
        private long limit = Account.UNLIMITED;
        private DeviceId device;

        @Override
        public List<Account> accounts(Machine machine) {
            return List.of(new Account("space", "guest1", 3 * MIB, limit, 4 * MIB, 12288), new Account("vfio", "user", 8192, Account.UNLIMITED, -1, -1));
        }

        @Override
        public void limit(AddressSpace space, long bytes) {
            assertEquals("guest1", space.name());
            limit = bytes;
        }

        @Override
        public Estimate estimate(AddressSpace space, DeviceId with, List<Change> mappings) {
            device = with;
            asked.addAll(mappings);
            long bytes = mappings.stream().mapToLong(Change::size).sum();
            return new Estimate(space.name(), bytes, 3 * MIB, 8 * MIB, 8192,
                    bytes <= 5 * MIB ? List.of() : List.of(Refusal.of(Rule.LIMIT, null, "limit, used, asked", "raise it")));
        }
    }

    @After
    public void close() {
        shell.close();
    }

    @Test
    public void accountsAreListedByOwner() {
        accounts.limit = 8 * MIB;
        assertEquals("""
                KIND   OWNER   PINNED BYTES  LIMIT BYTES  PEAK BYTES  TABLE BYTES
                space  guest1            3M           8M          4M          12K
                vfio   user              8K            -           -            -
                """, shell.run("accounting-list lab").out());
        assertEquals(TestShell.json("{'kind':'vfio','owner':'user','pinnedBytes':8192}"), shell.run("accounting-list lab --json").lines().get(1));
    }

    @Test
    public void aLimitIsSetShownAndLifted() {
        Result set = shell.run("accounting-limit lab guest1 64M --json");
        assertEquals(TestShell.json("{'kind':'space','owner':'guest1','pinnedBytes':3145728,'limitBytes':67108864,'peakBytes':4194304,'tableBytes':12288}\n"),
                set.out());
        assertEquals(64 * MIB, accounts.limit);
        assertEquals(0, shell.run("accounting-limit lab guest1 none").status());
        assertEquals(Account.UNLIMITED, accounts.limit);
        Result odd = shell.run("accounting-limit lab guest1 lots");
        assertTrue(odd.failure().getMessage(), odd.failure().getMessage().contains("lots"));
        assertEquals(Account.UNLIMITED, accounts.limit);
    }

    @Test
    public void anEstimateTellsWhatItWouldCost() {
        Result fits = shell.run("accounting-estimate lab guest1 0x100000000,0x200000,2M 0x200000000,0,4K --device 00:03.0 --permissions r --json");
        assertEquals(TestShell.json("{'space':'guest1','fits':true,'askedBytes':2101248,'usedBytes':3145728,'limitBytes':8388608,'tableBytes':8192,'refusals':[]}\n"), fits.out());
        assertEquals(0, fits.status());
        assertEquals(List.of(Change.map(0x1_0000_0000L, 0x20_0000, 2 * MIB, 1), Change.map(0x2_0000_0000L, 0, 4096, 1)), accounts.asked);
        assertEquals(StubServices.NIC, accounts.device);
    }

    @Test
    public void anEstimateThatWouldBeRefusedIsANegativeAnswer() {
        Result refused = shell.run("accounting-estimate lab guest1 0,0,1G");
        assertEquals(1, refused.status());
        assertTrue("a row for each reason: " + refused.out(), refused.out().contains("\n\nRULE ") && refused.out().contains("limit, used, asked"));
        Result odd = shell.run("accounting-estimate lab guest1 0x1000-0x2000");
        assertTrue(odd.failure().getMessage(), odd.failure().getMessage().contains("write IOVA,OUTPUT,SIZE"));
    }

    @Test
    public void whoMayRaiseInterruptsOfOthersIsSaidAndTakenBack() {
        assertEquals("DEVICE\n0000:00:03.0\n", shell.run("interrupt-allow lab 00:03.0").out());
        assertEquals(TestShell.json("{'device':'0000:00:03.0'}\n"), shell.run("interrupt-allow lab --json").out());
        assertEquals("no device may raise interrupts of others\n", shell.run("interrupt-allow lab 00:03.0 --revoke").out());
    }

    @Test
    public void namesOfSpacesComplete() {
        assertEquals(List.of("guest1"), shell.complete("accounting-limit lab gu"));
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.testkit.radix;

import static org.junit.Assert.assertEquals;

import org.junit.Test;
import org.sluice.api.Permissions;
import org.sluice.kit.cache.CachedContext;
import org.sluice.kit.cache.ConfigurationCache;
import org.sluice.kit.cache.TranslationCache;
import org.sluice.kit.radix.DirectWalk;
import org.sluice.kit.radix.DirectWalk.Marks;
import org.sluice.kit.radix.PageWord;
import org.sluice.kit.radix.RadixFormat;
import org.sluice.machine.AddressRange;
import org.sluice.machine.PhysicalMemory;

/** A context's tables behind the cache: what is answered, what is kept, and what the model is left to decide. */
public class CachedContextTest {
    private static final long ROOT = 0x1_0000;
    private static final long LEAVES = 0x1_1000;
    private static final RadixFormat FORMAT = SampleFormats.plain(2);
    private static final long TAG = TranslationCache.tag(7);
    private static final long MISS = CachedContext.MISS;

    private final PhysicalMemory memory = PhysicalMemory.allocate(AddressRange.ofSize(ROOT, 0x1_0000));
    private final TranslationCache cache = new TranslationCache(6);
    private final ConfigurationCache<Sample> configurations = new ConfigurationCache<>((requester, pasid) -> new Sample(cache, memory));

    private static final class Sample extends CachedContext {
        Sample(TranslationCache cache, PhysicalMemory memory) {
            super(cache, TAG, needs(Permissions.READ, Permissions.WRITE, PageWord.NEVER), DirectWalk.of(memory, FORMAT, ROOT, Marks.NONE));
        }

        Sample(TranslationCache cache) {
            super(cache);
        }
    }

    private Sample mapped() {
        memory.writeLong(ROOT, LEAVES | Permissions.READ_WRITE);
        memory.writeLong(LEAVES, 0x5000 | Permissions.READ_WRITE);
        return configurations.find(1, -1);
    }

    private long walk(Sample context, int permission, Object epoch) {
        return context.walk(0x123, permission, configurations, epoch);
    }

    @Test
    public void aWalkIsKeptUntilItIsInvalidated() {
        Sample context = mapped();
        assertEquals(MISS, context.find(0x123, Permissions.READ));
        assertEquals(0x5123, walk(context, Permissions.READ, configurations.epoch()));
        memory.writeLong(LEAVES, 0);
        assertEquals(0x5fff, context.find(0xfff, Permissions.WRITE));
        assertEquals("another page", MISS, context.find(0x1000, Permissions.READ));
        cache.invalidateRange(TAG, 0, 0xfff);
        assertEquals(MISS, context.find(0x123, Permissions.READ));
        assertEquals(MISS, walk(context, Permissions.READ, configurations.epoch()));
    }

    @Test
    public void whatTheModelDecidesIsNeverAnswered() {
        Sample context = mapped();
        for (int permission = 0; permission <= Permissions.ALL; permission++) {
            boolean answered = permission == Permissions.READ || permission == Permissions.WRITE;
            assertEquals(answered ? 0x5123 : MISS, walk(context, permission, configurations.epoch()));
            assertEquals(answered ? 0x5123 : MISS, context.find(0x123, permission));
        }
    }

    @Test
    public void nothingIsKeptOnceTheConfigurationMayBeGone() {
        Sample context = mapped();
        Object epoch = configurations.epoch();
        configurations.invalidate();
        assertEquals("it was found before", 0x5123, walk(context, Permissions.READ, epoch));
        assertEquals(MISS, context.find(0x123, Permissions.READ));
    }

    @Test
    public void aWalkOfTheModelsIsKeptAsItsTicketSays() {
        Sample context = mapped();
        long ticket = context.ticket();
        context.fill(ticket, 0x2000, PageWord.of(0x9000, 12, Permissions.READ));
        assertEquals(0x9008, context.find(0x2008, Permissions.READ));
        assertEquals(MISS, context.find(0x2008, Permissions.WRITE));
        cache.invalidateDomain(7);
        context.fill(ticket, 0x2000, PageWord.of(0x9000, 12, Permissions.READ));
        assertEquals("walked before the invalidation", MISS, context.find(0x2008, Permissions.READ));
    }

    @Test
    public void aContextWithoutTablesAnswersNothing() {
        mapped();
        walk(configurations.find(1, -1), Permissions.READ, configurations.epoch());
        Sample none = new Sample(cache);
        assertEquals(MISS, none.find(0x123, Permissions.READ));
        assertEquals(MISS, walk(none, Permissions.READ, configurations.epoch()));
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.kit.cache;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotSame;

import java.util.ArrayList;
import java.util.List;

import org.junit.Test;

public class ConfigurationCacheTest {
    private final List<String> asked = new ArrayList<>();
    private final ConfigurationCache<String> cache = new ConfigurationCache<>((requester, pasid) -> {
        asked.add(requester + "/" + pasid);
        return requester + "/" + pasid;
    });

    @Test
    public void whatWasFoundIsNotAskedForAgainUntilInvalidation() {
        assertEquals("3/-1", cache.find(3, -1));
        assertEquals("3/-1", cache.find(3, -1));
        assertEquals(List.of("3/-1"), asked);
        cache.invalidate();
        assertEquals("3/-1", cache.find(3, -1));
        assertEquals(2, asked.size());
    }

    @Test
    public void manyMoreThanTheSlotsAreNeverMixedUp() {
        for (int round = 0; round < 2; round++) {
            for (int requester = -5000; requester < 5000; requester++) {
                for (int pasid = -1; pasid < 3; pasid++) {
                    assertEquals(requester + "/" + pasid, cache.find(requester, pasid));
                }
            }
        }
    }

    @Test
    public void aLookUpThatBeganBeforeAnInvalidationLeavesNothingBehind() {
        List<ConfigurationCache<String>> self = new ArrayList<>();
        int[] calls = new int[1];
        self.add(new ConfigurationCache<>((requester, pasid) -> {
            if (calls[0]++ == 0) {
                self.get(0).invalidate();
                return "stale";
            }
            return "fresh";
        }));
        assertEquals("stale", self.get(0).find(1, 1));
        assertEquals("fresh", self.get(0).find(1, 1));
    }

    @Test
    public void anInvalidationDropsWhatItNamesAndNothingElse() {
        for (int requester = 1; requester <= 4; requester++) {
            cache.find(requester, requester % 2);
        }
        Object before = cache.epoch();
        cache.invalidate((requester, pasid, found) -> requester == 2 || pasid == 1 && found.startsWith("3"));
        assertNotSame(before, cache.epoch());
        asked.clear();
        for (int requester = 1; requester <= 4; requester++) {
            cache.find(requester, requester % 2);
        }
        assertEquals(List.of("2/0", "3/1"), asked);
    }

    @Test
    public void whatIsNotToBeKeptIsAskedForEachTime() {
        int[] calls = new int[1];
        ConfigurationCache<String> choosy = new ConfigurationCache<>((requester, pasid) -> requester + "/" + calls[0]++, found -> found.startsWith("1"));
        assertEquals("1/0", choosy.find(1, 0));
        assertEquals("1/0", choosy.find(1, 0));
        assertEquals("2/1", choosy.find(2, 0));
        assertEquals("2/2", choosy.find(2, 0));
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.space;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertSame;

import java.util.Random;

import org.junit.Test;
import org.sluice.testkit.Seed;

/** A node's search against one that looks at every fence. */
public class RangeNodeTest {
    private final Random random = Seed.random();

    @Test
    public void findsWhatLookingAtEveryFenceFinds() {
        for (int count = 1; count <= RangeNode.CAPACITY; count++) {
            RangeNode node = node(count);
            compare(node);
            node.remove(random.nextInt(count));
            compare(node);
        }
    }

    @Test
    public void neitherHalfOfASplitNodeLeadsToChildrenThatAreGone() {
        for (int at = 1; at < RangeNode.CAPACITY; at++) {
            RangeNode lower = node(RangeNode.CAPACITY);
            RangeNode upper = new RangeNode();
            lower.split(at, upper);
            compare(lower);
            compare(upper);
        }
    }

    @Test
    public void theHighestKeyBelongsToTheLastChild() {
        RangeNode node = node(100);
        assertSame(node.children[99], node.children[node.find(Long.MAX_VALUE)]);
    }

    @Test
    public void aReaderOfANodeWithoutChildrenStaysWithinIt() {
        assertEquals(0, new RangeNode().find(Long.MAX_VALUE));
    }

    /** Fences are multiples of the grain, some next to each other, up to the last there can be. */
    private RangeNode node(int count) {
        RangeNode node = new RangeNode();
        long fence = Long.MIN_VALUE;
        for (int i = 0; i < count; i++) {
            node.insert(i, fence, new Object());
            fence += RangeMap.GRAIN * (1L + (random.nextBoolean() ? 0 : random.nextInt(1 << 20)));
        }
        if (random.nextBoolean() && count > 1) {
            node.fences[count - 1] = Long.MAX_VALUE - (RangeMap.GRAIN - 1);
        }
        return node;
    }

    private void compare(RangeNode node) {
        for (int i = 0; i < node.count; i++) {
            check(node, node.fences[i] - 1);
            check(node, node.fences[i]);
            check(node, node.fences[i] + 1);
        }
        check(node, random.nextLong());
        check(node, Long.MIN_VALUE);
        check(node, Long.MAX_VALUE);
    }

    private static void check(RangeNode node, long key) {
        int expected = 0;
        for (int i = 1; i < node.count; i++) {
            expected = node.fences[i] <= key ? i : expected;
        }
        assertEquals(expected, node.find(key));
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.inspect;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import org.sluice.api.Mapping;
import org.sluice.machine.DeviceId;

/** Runs of one table in ascending order, as arrays: a table may have millions. Not thread-safe. */
final class MappingRuns implements MappingMerger.Runs {
    private static final int WORDS = 4;

    private long[] words = new long[WORDS * 16];
    private int[] permissions = new int[16];
    private String[] memoryTypes = new String[16];
    private int size;

    @Override
    public void run(long iova, long last, long output, int allowed, long pageSizes, String memoryType) {
        if (size == permissions.length) {
            words = Arrays.copyOf(words, 2 * words.length);
            permissions = Arrays.copyOf(permissions, 2 * size);
            memoryTypes = Arrays.copyOf(memoryTypes, 2 * size);
        }
        words[WORDS * size] = iova;
        words[WORDS * size + 1] = last;
        words[WORDS * size + 2] = output;
        words[WORDS * size + 3] = pageSizes;
        permissions[size] = allowed;
        memoryTypes[size++] = memoryType;
    }

    int size() {
        return size;
    }

    long iova(int i) {
        return words[WORDS * i];
    }

    long last(int i) {
        return words[WORDS * i + 1];
    }

    /** Whether run {@code i} here and run {@code j} there map alike where they overlap. */
    boolean agrees(int i, MappingRuns other, int j) {
        return words[WORDS * i + 2] - iova(i) == other.words[WORDS * j + 2] - other.iova(j) && permissions[i] == other.permissions[j]
                && memoryTypes[i].equals(other.memoryTypes[j]);
    }

    /** The part of run {@code i} from {@code from} to {@code to}. */
    Mapping part(int i, DeviceId device, int pasid, long from, long to) {
        return new Mapping(device, pasid, from, to, words[WORDS * i + 2] + (from - iova(i)), permissions[i], sizes(words[WORDS * i + 3]), memoryTypes[i]);
    }

    /** Those of a mask, ascending. */
    static List<Long> sizes(long pageSizes) {
        List<Long> sizes = new ArrayList<>();
        for (long rest = pageSizes; rest != 0; rest &= rest - 1) {
            sizes.add(Long.lowestOneBit(rest));
        }
        return sizes;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.benchmarks;

/**
 * Something that holds mappings, with the workloads of docs/benchmarks.md on it. Each method does the work once and checks what comes out;
 * the loops are inside, so that nobody pays for the interface. Not thread-safe.
 */
interface Workloads {
    int W9 = 10_485_760;

    /** The smallest page, in which all workloads are. */
    long page();

    /** Empty again. */
    void fresh();

    /** The same with no page larger than the smallest block, for W2b. */
    void freshSmallBlocks();

    /** W1, and what W3 and W4 start from. */
    void mapScattered(int pages);

    void checkScattered();

    /** W2. */
    void mapLarge();

    void checkLarge();

    /** W3a. */
    void unmapOneByOne();

    /** W3b. */
    void unmapAtOnce();

    /** W4h. */
    void hotCached();

    /** W4m. */
    void manyWalked();

    /** W4md. */
    void manyDependent();

    /** W5. */
    void ring();

    /** W7: each record is decoded from its 32 bytes. Everybody has a loop of his own: the calls of a shared one would be measured with it. */
    void replay(Stream stream);

    /** What W7 leaves, judged by the records and not by the replay. */
    void checkReplayed(Stream stream);

    /** W9. */
    void mapApart(int pages);

    void checkApart(int pages);

    /** Bytes that the mappings take. */
    long bytes();
}

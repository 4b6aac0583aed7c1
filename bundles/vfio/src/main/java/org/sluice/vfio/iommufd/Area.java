// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import org.sluice.machine.AddressRange;
import org.sluice.vfio.memory.PinSource;

/** What one map or copy call put into an address space. Guarded by the context's lock. */
final class Area {
    final Ioas space;
    final PageSet pages;
    final long iova;
    final long last;
    /** Byte of the page set at {@code iova}. */
    final long offset;
    final int permissions;
    /** Accesses that hold pages of it: they must let go before it can be removed. */
    int accesses;
    /** Hardware that reads from it: it cannot be removed. */
    int locks;
    /** It is being removed: nobody may take hold of it any more. */
    boolean closing;

    Area(Ioas space, PageSet pages, long iova, long last, long offset, int permissions) {
        this.space = space;
        this.pages = pages;
        this.iova = iova;
        this.last = last;
        this.offset = offset;
        this.permissions = permissions;
    }

    long size() {
        return last - iova + 1;
    }

    AddressRange range() {
        return new AddressRange(iova, last);
    }

    boolean contains(long address) {
        return Long.compareUnsigned(address, iova) >= 0 && Long.compareUnsigned(address, last) <= 0;
    }

    /** Byte of the page set at an IOVA. */
    long byteOf(long address) {
        return offset + (address - iova);
    }

    int pageOf(long address) {
        return (int) (byteOf(address) / PinSource.PAGE);
    }

    int firstPage() {
        return pageOf(iova);
    }

    int lastPage() {
        return pageOf(last);
    }

    @Override
    public String toString() {
        return range() + " permissions " + permissions + " offset " + offset + " accesses " + accesses + " locks " + locks + " " + pages;
    }
}

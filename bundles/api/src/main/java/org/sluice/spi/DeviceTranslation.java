// SPDX-License-Identifier: Apache-2.0
package org.sluice.spi;

import org.osgi.annotation.versioning.ConsumerType;

/**
 * Address translation and page request services of a unit model: what devices with translation caches of their own use (PCI Express
 * base specification, chapter 10). Safe from many threads.
 */
@ConsumerType
public interface DeviceTranslation {
    /** How a translation request ends. */
    enum Completion { SUCCESS, UNSUPPORTED_REQUEST, COMPLETER_ABORT }

    /**
     * A translation request. Missing pages are no fault here: the reply grants nothing.
     *
     * @param permissions bits of {@link org.sluice.api.Permissions} that are wanted
     * @param reply filled on {@code SUCCESS}
     */
    Completion request(int requester, int pasid, long iova, int permissions, Reply reply);

    /**
     * An access with an address that a translation request returned.
     *
     * @return as {@link UnitModel#translate}
     */
    long translated(int requester, long address, int permission);

    /** A page request; what comes of it is told through {@link DeviceSide#pageResponse}, at once or when software has answered. */
    void pageRequest(int requester, int pasid, long iova, int permissions, int group, boolean last);

    /** Registers the devices' side; one at a time. */
    void setDeviceSide(DeviceSide side);

    /** Answer to a translation request; reused by the caller, not thread-safe. */
    final class Reply {
        /** Translated address of the asked one. */
        public long address;
        /** Bytes from the naturally aligned start of the page that the answer covers. */
        public long size;
        /** Granted, of those that were wanted; 0 for a page that is not there. */
        public int permissions;
        /** The device must not cache it and must use untranslated requests. */
        public boolean untranslatedOnly;
    }

    /** What a unit asks of devices; called with no lock of the model's that a translation needs. */
    interface DeviceSide {
        /** Forget what was translated from {@code iova} to {@code last}; done when this returns. */
        void invalidate(int requester, int pasid, long iova, long last);

        /** Answer to the page requests of a group; {@code code} as in the PCI Express specification: 0 success, 1 invalid, 15 failure. */
        void pageResponse(int requester, int pasid, int group, int code);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.backend.virtio.state;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

import org.sluice.backend.virtio.layout.ConfigSpace;
import org.sluice.backend.virtio.layout.RequestLayouts;
import org.sluice.backend.virtio.layout.Status;

/**
 * Serves requests one by one, as bytes out of a virtqueue or already decoded, on one {@link DeviceState}. It knows no rings: whoever
 * reads them passes the readable part of a buffer and the room in its writable part. Not thread-safe.
 */
public final class RequestReplay {
    private static final byte[] NOTHING = {};
    private static final int HEAD_BYTES = 4;
    private static final int PROPERTY_HEAD_BYTES = 4;
    private static final int RESV_MEM_BYTES = 20;
    private static final int RESV_MEM_TYPE = 1;
    private static final long ID = 0xffff_ffffL;
    private static final int MAP_BYTES = RequestLayouts.MAP.bytes();
    private static final int UNMAP_BYTES = RequestLayouts.UNMAP.bytes();

    private final DeviceState state;

    public RequestReplay(DeviceState state) {
        this.state = state;
    }

    public DeviceState state() {
        return state;
    }

    /** Carries out a request whose answer is a status; for PROBE the status that {@link #probe} would give. */
    public Status serve(Request request) {
        if (request instanceof Request.Probe probe) {
            return probeInto(probe.endpoint(), new byte[probeSize()]);
        }
        return state.apply(request);
    }

    /**
     * Carries out a request as it stands in memory.
     *
     * @param readable what the driver wrote
     * @param room bytes that the device may write
     * @return what the device writes, from the start of the writable part; empty (used length 0) if the request is of a type that does
     *         not exist or has no room for its tail
     */
    public byte[] serve(byte[] readable, int room) {
        if (room < RequestLayouts.TAIL_BYTES) {
            return NOTHING;
        }
        if (readable.length < HEAD_BYTES) {
            return tail(NOTHING, Status.IOERR);
        }
        int type = readable[0] & 0xff;
        if (RequestLayouts.of(type) == null) {
            return NOTHING;
        }
        if (readable.length < RequestLayouts.of(type).bytes()) {
            return tail(NOTHING, Status.INVAL);
        }
        Request request = decode(readable);
        return request instanceof Request.Probe probe ? probe(probe, room) : tail(NOTHING, state.apply(request));
    }

    /** Whether a request in words is one for {@link #change}: a whole MAP or UNMAP. */
    public static boolean isChange(long[] words, int bytes) {
        int type = (int) RequestLayouts.TYPE.get(words[0]);
        return type == RequestLayouts.MAP_TYPE && bytes >= MAP_BYTES || type == RequestLayouts.UNMAP_TYPE && bytes >= UNMAP_BYTES;
    }

    /** Carries out a MAP or UNMAP as it stands in memory, in little-endian words; what is asked of the device most, so without an object. */
    public Status change(long[] words) {
        long domain = words[0] >>> Integer.SIZE;
        long start = words[1];
        long last = words[2];
        return RequestLayouts.TYPE.get(words[0]) == RequestLayouts.MAP_TYPE ? state.map(domain, start, last, words[3], (int) words[4])
                : state.unmap(domain, start, last, words[3] & ID);
    }

    /** Reads a request of a known type and full length; the reserved bytes of the head are ignored. */
    public static Request decode(byte[] bytes) {
        ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long first = b.getInt(4) & ID;
        return switch (bytes[0] & 0xff) {
            case RequestLayouts.ATTACH_TYPE -> new Request.Attach(first, b.getInt(8) & ID, b.getInt(12), b.getInt(16) & ID);
            case RequestLayouts.DETACH_TYPE -> new Request.Detach(first, b.getInt(8) & ID);
            case RequestLayouts.MAP_TYPE -> new Request.Map(first, b.getLong(8), b.getLong(16), b.getLong(24), b.getInt(32));
            case RequestLayouts.UNMAP_TYPE -> new Request.Unmap(first, b.getLong(8), b.getLong(16), b.getInt(24) & ID);
            case RequestLayouts.PROBE_TYPE -> new Request.Probe(first);
            default -> throw new IllegalArgumentException("request type " + (bytes[0] & 0xff));
        };
    }

    /** Writes a request as a driver does; the readable part. */
    public static byte[] encode(Request request) {
        if (request instanceof Request.Attach r) {
            return head(RequestLayouts.ATTACH_TYPE, r.domain()).putInt((int) r.endpoint()).putInt(r.flags()).putInt((int) r.reserved()).array();
        } else if (request instanceof Request.Detach r) {
            return head(RequestLayouts.DETACH_TYPE, r.domain()).putInt((int) r.endpoint()).array();
        } else if (request instanceof Request.Map r) {
            return head(RequestLayouts.MAP_TYPE, r.domain()).putLong(r.start()).putLong(r.last()).putLong(r.output()).putInt(r.flags()).array();
        } else if (request instanceof Request.Unmap r) {
            return head(RequestLayouts.UNMAP_TYPE, r.domain()).putLong(r.start()).putLong(r.last()).putInt((int) r.reserved()).array();
        }
        return head(RequestLayouts.PROBE_TYPE, ((Request.Probe) request).endpoint()).array();
    }

    private static ByteBuffer head(int type, long id) {
        return ByteBuffer.allocate(RequestLayouts.of(type).bytes()).order(ByteOrder.LITTLE_ENDIAN).putInt(type).putInt((int) id);
    }

    private int probeSize() {
        Long size = state.config().probeSize();
        return size == null ? 0 : (int) Math.min(size, Integer.MAX_VALUE - RequestLayouts.TAIL_BYTES);
    }

    /** The properties of an endpoint and the tail at {@code probe_size}, which is where the driver looks for it. */
    private byte[] probe(Request.Probe request, int room) {
        int size = probeSize();
        if (room < size + RequestLayouts.TAIL_BYTES) {
            return tail(NOTHING, Status.INVAL);
        }
        byte[] properties = new byte[size];
        Status status = probeInto(request.endpoint(), properties);
        return tail(status == Status.OK ? properties : new byte[size], status);
    }

    private Status probeInto(long id, byte[] properties) {
        if (!state.config().has(ConfigSpace.PROBE, true)) {
            return Status.UNSUPP;
        }
        Endpoint endpoint = state.endpoint(id);
        if (endpoint == null) {
            return Status.NOENT;
        }
        List<Endpoint.Region> regions = endpoint.regions();
        if (regions.size() * (PROPERTY_HEAD_BYTES + RESV_MEM_BYTES) > properties.length) {
            return Status.INVAL;
        }
        ByteBuffer b = ByteBuffer.wrap(properties).order(ByteOrder.LITTLE_ENDIAN);
        for (Endpoint.Region region : regions) {
            b.putShort((short) RESV_MEM_TYPE).putShort((short) RESV_MEM_BYTES).putInt(region.msi() ? 1 : 0)
                    .putLong(region.range().start()).putLong(region.range().last());
        }
        return Status.OK;
    }

    private static byte[] tail(byte[] before, Status status) {
        byte[] written = Arrays.copyOf(before, before.length + RequestLayouts.TAIL_BYTES);
        written[before.length] = (byte) status.code();
        return written;
    }
}

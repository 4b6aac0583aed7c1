// SPDX-License-Identifier: Apache-2.0
package org.sluice.machine;

import java.util.HexFormat;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A requester: a PCI function, a bare SMMU stream id, or a bare zPCI function id. Immutable and comparable; PCI functions
 * sort first, by segment, bus, device, function.
 *
 * @param kind how {@code value} is to be read
 * @param value PCI: {@code segment << 16 | bus << 8 | device << 3 | function}; otherwise the 32-bit id, zero-extended
 */
public record DeviceId(Kind kind, long value) implements Comparable<DeviceId> {
    /** What names the requester. */
    public enum Kind { PCI, STREAM, FUNCTION }

    private static final Pattern PCI_TEXT =
            Pattern.compile("(?:([0-9a-f]{4,8}):)?([0-9a-f]{2}):([01][0-9a-f])\\.([0-7])");
    private static final long ID_MASK = 0xffff_ffffL;

    public DeviceId {
        if ((value & ~(kind == Kind.PCI ? 0xffff_ffff_ffffL : ID_MASK)) != 0) {
            throw new IllegalArgumentException(Hex.of(value) + " does not fit an id of kind " + kind);
        }
    }

    /** The function {@code devfn} (device &lt;&lt; 3 | function, 0 to 255) on {@code bus} (0 to 255) of {@code segment}. */
    public static DeviceId pci(int segment, int bus, int devfn) {
        return new DeviceId(Kind.PCI, (segment & ID_MASK) << 16 | (bus & 0xffL) << 8 | devfn & 0xffL);
    }

    /** The function with the 16-bit requester id {@code rid} (bus &lt;&lt; 8 | devfn) of {@code segment}. */
    public static DeviceId ofRequester(int segment, int rid) {
        return pci(segment, rid >>> 8 & 0xff, rid & 0xff);
    }

    public static DeviceId stream(long streamId) {
        return new DeviceId(Kind.STREAM, streamId);
    }

    public static DeviceId function(long functionId) {
        return new DeviceId(Kind.FUNCTION, functionId);
    }

    /**
     * Reads {@code SSSS:BB:DD.F}, {@code BB:DD.F} (segment 0), {@code sid:0x..} or {@code fid:0x..}.
     *
     * @throws IllegalArgumentException with a one-line reason otherwise
     */
    public static DeviceId parse(String text) {
        String lower = text.trim().toLowerCase(Locale.ROOT);
        if (lower.startsWith("sid:")) {
            return stream(Hex.parse(lower.substring(4)));
        }
        if (lower.startsWith("fid:")) {
            return function(Hex.parse(lower.substring(4)));
        }
        Matcher m = PCI_TEXT.matcher(lower);
        if (!m.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not a device: write SSSS:BB:DD.F, BB:DD.F, sid:0x.. or fid:0x..");
        }
        int segment = m.group(1) == null ? 0 : Integer.parseUnsignedInt(m.group(1), 16);
        int devfn = Integer.parseInt(m.group(3), 16) << 3 | Integer.parseInt(m.group(4));
        return pci(segment, Integer.parseInt(m.group(2), 16), devfn);
    }

    public boolean isPci() {
        return kind == Kind.PCI;
    }

    /** PCI segment (domain); only for {@link Kind#PCI}. */
    public int segment() {
        return (int) (value >>> 16);
    }

    /** Bus, 0 to 255; only for {@link Kind#PCI}. */
    public int bus() {
        return (int) (value >>> 8) & 0xff;
    }

    /** Device and function, 0 to 255; only for {@link Kind#PCI}. */
    public int devfn() {
        return (int) value & 0xff;
    }

    /** The 16-bit requester id that the function puts on the bus; only for {@link Kind#PCI}. */
    public int requesterId() {
        return (int) value & 0xffff;
    }

    @Override
    public int compareTo(DeviceId other) {
        int byKind = kind.compareTo(other.kind);
        return byKind != 0 ? byKind : Long.compare(value, other.value);
    }

    @Override
    public String toString() {
        return switch (kind) {
            case PCI -> pciText();
            case STREAM -> "sid:" + Hex.of(value);
            case FUNCTION -> "fid:" + Hex.of(value);
        };
    }

    /** Without a format string: bulk answers print millions of these. */
    private String pciText() {
        HexFormat hex = HexFormat.of();
        int digits = Math.max(4, (Integer.SIZE - Integer.numberOfLeadingZeros(segment()) + 3) / 4);
        return hex.toHexDigits(segment() & ID_MASK, digits) + ':' + hex.toHexDigits((byte) bus()) + ':'
                + hex.toHexDigits((byte) (devfn() >>> 3)) + '.' + (devfn() & 7);
    }
}

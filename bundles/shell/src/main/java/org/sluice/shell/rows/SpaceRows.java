// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.rows;


import org.sluice.api.InterruptMessage;
import org.sluice.api.space.Attachment;
import org.sluice.api.space.InterruptService.Forgery;
import org.sluice.api.space.InterruptService.Route;
import org.sluice.api.space.OwnedRange;
import org.sluice.api.space.PlacementStatistics;
import org.sluice.api.space.SpaceInfo;
import org.sluice.shell.render.Schema;

/** Address spaces, what is in them, and who uses them. */
public final class SpaceRows {
    public static final Schema<SpaceInfo> SCHEMA = Schema.of(SpaceInfo.class)
            .text("space", SpaceInfo::name)
            .text("machine", SpaceInfo::machine)
            .flag("durable", SpaceInfo::durable)
            .number("attachments", SpaceInfo::attachments)
            .number("mappings", SpaceInfo::mappings)
            .bytes("mappedBytes", SpaceInfo::mappedBytes)
            .number("maps", SpaceInfo::maps)
            .number("unmaps", SpaceInfo::unmaps)
            .number("invalidations", SpaceInfo::invalidations)
            .number("refusals", SpaceInfo::refusals)
            .jsonOnly()
            .bytes("heapBytes", SpaceInfo::heapBytes)
            .bytes("tableBytes", SpaceInfo::tableBytes)
            .build();

    public static final Schema<Attachment> ATTACHMENT = Schema.of(Attachment.class)
            .text("device", Attachment::device)
            .number("pasid", Attachment::pasid)
            .text("unit", Attachment::unit)
            .text("state", a -> a.status().state())
            .text("text", a -> a.status().text())
            .build();

    public static final Schema<PlacementStatistics> PLACEMENTS = Schema.of(PlacementStatistics.class)
            .bytes("span", PlacementStatistics::span, p -> true)
            .bytes("waste", PlacementStatistics::waste, p -> true)
            .number("holes", PlacementStatistics::holes)
            .bytes("largestHole", PlacementStatistics::largestHole, p -> true)
            .build();

    /** Ranges with their owners: mappings too. */
    public static final Schema<Owned> OWNED = Schema.of(Owned.class)
            .address("start", o -> o.range().range().start())
            .address("last", o -> o.range().range().last())
            .bytes("bytes", o -> o.range().range().size(), o -> o.range().range().size() != 0)
            .text("kind", o -> Words.lower(o.range().kind()))
            .text("origin", o -> Words.lower(o.range().origin()))
            .text("owner", o -> o.range().owner())
            .address("output", Owned::output, Owned::isMapped)
            .text("permissions", Owned::permissions)
            .build();

    /** A vector. */
    public static final Schema<Route> ROUTE = Schema.of(Route.class)
            .text("device", Route::device)
            .number("index", Route::index)
            .address("address", r -> r.message().address())
            .code("data", r -> Integer.toUnsignedLong(r.message().data()), r -> true)
            .number("vector", Route::vector)
            .number("destination", Route::destination)
            .text("path", Route::path)
            .text("grants", Route::grants)
            .number("count", Route::count)
            .build();

    /** Interrupts that a device has forged. */
    public static final Schema<Forgery> FORGERY = Schema.of(Forgery.class)
            .text("device", Forgery::device)
            .number("count", Forgery::count)
            .address("address", Forgery::address)
            .code("data", f -> Integer.toUnsignedLong(f.data()), f -> true)
            .text("meaning", f -> "interrupt forged by DMA")
            .build();

    /** What a device is to be programmed with. */
    public static final Schema<InterruptMessage> MESSAGE = Schema.of(InterruptMessage.class)
            .address("address", InterruptMessage::address)
            .code("data", m -> Integer.toUnsignedLong(m.data()), m -> true)
            .build();

    /**
     * A range of a space.
     *
     * @param permissions of a mapping, else null
     */
    public record Owned(OwnedRange range, long output, String permissions) {
        boolean isMapped() {
            return permissions != null;
        }
    }

    private SpaceRows() {
    }
}

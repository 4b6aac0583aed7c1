// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.util.List;

import org.apache.karaf.shell.api.console.SessionFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.sluice.api.BackendService;
import org.sluice.api.CaptureService;
import org.sluice.api.ConflictService;
import org.sluice.api.FaultService;
import org.sluice.api.InspectService;
import org.sluice.api.LayoutService;
import org.sluice.api.MachineService;
import org.sluice.api.VectorService;
import org.sluice.api.WatchService;
import org.sluice.api.dma.DmaService;
import org.sluice.api.dma.TrafficService;
import org.sluice.api.space.AccountingService;
import org.sluice.api.space.InterruptService;
import org.sluice.api.space.MadeUpGuest;
import org.sluice.api.space.PluckService;
import org.sluice.api.space.SpaceService;
import org.sluice.api.space.SwapService;

/** Our commands, in Karaf's shell as long as everything they refer to is there. */
@Component(service = {})
public final class ShellCommands {
    @Reference
    private SessionFactory sessions;
    @Reference
    private AccountingService accounting;
    @Reference
    private BackendService backends;
    @Reference
    private CaptureService captures;
    @Reference
    private ConflictService conflicts;
    @Reference
    private DmaService dma;
    @Reference
    private FaultService faults;
    @Reference
    private InspectService inspect;
    @Reference
    private InterruptService interrupts;
    @Reference
    private LayoutService layouts;
    @Reference
    private MachineService machines;
    @Reference
    private MadeUpGuest guest;
    @Reference
    private PluckService plucks;
    @Reference
    private SpaceService spaces;
    @Reference
    private SwapService swaps;
    @Reference
    private TrafficService traffic;
    @Reference
    private VectorService vectors;
    @Reference
    private WatchService watch;

    private Registration registration;

    @Activate
    void start() {
        registration = new Registration(sessions.getRegistry(), List.of(accounting, backends, captures, conflicts, dma, faults, inspect, interrupts, layouts,
                machines, guest, plucks, spaces, swaps, traffic, vectors, watch));
        registration.add(Registration.COMPLETERS);
        registration.add(Commands.ALL);
    }

    @Deactivate
    void stop() {
        registration.close();
    }
}

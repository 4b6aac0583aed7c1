// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;

/** All commands of this bundle, and what their annotations say. */
final class Commands {
    static final List<Class<? extends IommuCommand>> ALL = List.of(
            MachineOpen.class, MachineList.class, MachineInfo.class, MachineCapture.class, MachineClose.class,
            UnitList.class, UnitRegisters.class, UnitQueues.class,
            DeviceList.class, TableDump.class, TableWalk.class, TableVerify.class, TableDiff.class,
            TableDraw.class, TableWatch.class, FaultList.class, FaultTail.class, FaultClear.class,
            InterruptRemap.class, InterruptList.class, RegionList.class, RegionConflicts.class,
            SpaceCreate.class, SpaceList.class, SpaceInfo.class, SpaceMap.class, SpaceUnmap.class, SpaceDestroy.class,
            DeviceAttach.class, DeviceDetach.class, UnitSwap.class, SwapList.class,
            AccountingList.class, AccountingLimit.class, AccountingEstimate.class,
            InterruptEnable.class, InterruptDisable.class, InterruptRaise.class, InterruptAllow.class,
            PagePluck.class, PageReturn.class, PageList.class, GuestBehave.class,
            TrafficStart.class, TrafficStop.class, TrafficList.class, DmaRead.class, DmaWrite.class,
            LayoutList.class, LayoutShow.class, LayoutDecode.class, BackendList.class, QuirkList.class,
            VectorsExport.class, VectorsRun.class);

    private Commands() {
    }

    /** The command of that name, with or without its scope. */
    static Optional<Class<? extends IommuCommand>> named(String name) {
        String bare = name.startsWith(IommuCommand.SCOPE + ":") ? name.substring(IommuCommand.SCOPE.length() + 1) : name;
        return ALL.stream().filter(c -> name(c).equals(bare)).findFirst();
    }

    /** Name without scope. */
    static String name(Class<? extends IommuCommand> command) {
        return command.getAnnotation(Command.class).name();
    }

    /** The fields of a command that are options, its own before the shared ones. */
    static List<Field> options(Class<? extends IommuCommand> command) {
        List<Field> options = new ArrayList<>();
        for (Class<?> type = command; type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.isAnnotationPresent(Option.class)) {
                    options.add(field);
                }
            }
        }
        return options;
    }
}

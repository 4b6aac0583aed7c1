// SPDX-License-Identifier: Apache-2.0
package org.sluice.shell.command;

import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

import org.apache.karaf.shell.api.action.Argument;
import org.apache.karaf.shell.api.action.Command;
import org.apache.karaf.shell.api.action.Option;
import org.sluice.shell.render.Schema;
import org.sluice.shell.rows.AccountRows;
import org.sluice.shell.rows.BackendRows;
import org.sluice.shell.rows.CaptureRows;
import org.sluice.shell.rows.ConflictRows;
import org.sluice.shell.rows.DefectRows;
import org.sluice.shell.rows.DeviceRows;
import org.sluice.shell.rows.DifferenceRows;
import org.sluice.shell.rows.DmaRow;
import org.sluice.shell.rows.FaultRows;
import org.sluice.shell.rows.FieldRows;
import org.sluice.shell.rows.InterruptRow;
import org.sluice.shell.rows.LayoutRows;
import org.sluice.shell.rows.MachineRows;
import org.sluice.shell.rows.MappingRows;
import org.sluice.shell.rows.PluckRows;
import org.sluice.shell.rows.RegionRows;
import org.sluice.shell.rows.RegisterRows;
import org.sluice.shell.rows.SpaceRows;
import org.sluice.shell.rows.SwapRows;
import org.sluice.shell.rows.TrafficRows;
import org.sluice.shell.rows.UnitRows;
import org.sluice.shell.rows.VectorRows;
import org.sluice.shell.rows.WalkRow;

/** The reference part of a command's documentation, made from its annotations and the fields of its records. */
final class Reference {
    static final Map<Class<? extends IommuCommand>, Schema<?>> RECORDS = Map.ofEntries(
            Map.entry(MachineOpen.class, MachineRows.SCHEMA), Map.entry(MachineList.class, MachineRows.SCHEMA),
            Map.entry(MachineInfo.class, MachineRows.DETAILS), Map.entry(MachineCapture.class, CaptureRows.SCHEMA),
            Map.entry(UnitList.class, UnitRows.SCHEMA),
            Map.entry(UnitRegisters.class, RegisterRows.registers("")), Map.entry(UnitQueues.class, RegisterRows.queues("")),
            Map.entry(DeviceList.class, DeviceRows.SCHEMA), Map.entry(TableDump.class, MappingRows.SCHEMA),
            Map.entry(TableWalk.class, WalkRow.SCHEMA), Map.entry(TableVerify.class, DefectRows.SCHEMA),
            Map.entry(TableDiff.class, DifferenceRows.SCHEMA), Map.entry(FaultList.class, FaultRows.SCHEMA),
            Map.entry(InterruptRemap.class, InterruptRow.SCHEMA), Map.entry(RegionList.class, RegionRows.SCHEMA),
            Map.entry(LayoutList.class, LayoutRows.LIST), Map.entry(LayoutShow.class, LayoutRows.fields(StubServices.CONTEXT)),
            Map.entry(AccountingList.class, AccountRows.SCHEMA), Map.entry(AccountingLimit.class, AccountRows.SCHEMA),
            Map.entry(AccountingEstimate.class, AccountRows.ESTIMATE), Map.entry(InterruptAllow.class, AccountRows.UNISOLATED),
            Map.entry(InterruptList.class, SpaceRows.ROUTE), Map.entry(InterruptEnable.class, SpaceRows.ROUTE),
            Map.entry(InterruptRaise.class, DmaRow.SCHEMA), Map.entry(DmaRead.class, DmaRow.SCHEMA), Map.entry(DmaWrite.class, DmaRow.SCHEMA),
            Map.entry(SpaceCreate.class, SpaceRows.SCHEMA),
            Map.entry(SpaceList.class, SpaceRows.SCHEMA), Map.entry(SpaceInfo.class, SpaceRows.OWNED),
            Map.entry(SpaceMap.class, SpaceRows.OWNED), Map.entry(DeviceAttach.class, SpaceRows.ATTACHMENT),
            Map.entry(RegionConflicts.class, ConflictRows.SCHEMA), Map.entry(PagePluck.class, PluckRows.SCHEMA),
            Map.entry(PageReturn.class, PluckRows.SCHEMA), Map.entry(PageList.class, PluckRows.SCHEMA),
            Map.entry(UnitSwap.class, SwapRows.SCHEMA), Map.entry(SwapList.class, SwapRows.SCHEMA),
            Map.entry(TrafficStop.class, TrafficRows.SCHEMA), Map.entry(TrafficList.class, TrafficRows.SCHEMA),
            Map.entry(LayoutDecode.class, FieldRows.SCHEMA), Map.entry(BackendList.class, BackendRows.SCHEMA),
            Map.entry(QuirkList.class, BackendRows.QUIRKS),
            Map.entry(VectorsExport.class, VectorRows.FOLDERS), Map.entry(VectorsRun.class, VectorRows.RESULTS));

    private Reference() {
    }

    static String of(Class<? extends IommuCommand> type) {
        Command command = type.getAnnotation(Command.class);
        StringBuilder text = new StringBuilder(command.description()).append(".\n\n    ").append(command.name());
        StringBuilder table = new StringBuilder();
        for (Field field : arguments(type)) {
            Argument argument = field.getAnnotation(Argument.class);
            String name = argument.name().toUpperCase(Locale.ROOT) + (argument.multiValued() ? "..." : "");
            text.append(' ').append(argument.required() ? name : "[" + name + "]");
            row(table, name, argument.description());
        }
        for (Field field : Commands.options(type)) {
            Option option = field.getAnnotation(Option.class);
            String name = option.name() + (field.getType() == boolean.class ? "" : " VALUE");
            if (!field.getDeclaringClass().equals(IommuCommand.class)) {
                text.append(" [").append(name).append(']');
                row(table, name, option.description());
            }
        }
        text.append("\n\n");
        if (!table.isEmpty()) {
            text.append("| argument, option | meaning |\n| --- | --- |\n").append(table).append('\n');
        }
        for (String paragraph : command.detailedDescription().split("\n+")) {
            if (!paragraph.startsWith("Example: ")) {
                text.append(paragraph).append("\n\n");
            }
        }
        if (RECORDS.containsKey(type)) {
            text.append("JSON fields: `").append(String.join("`, `", RECORDS.get(type).jsonNames())).append("`.\n");
        }
        return text.toString().strip() + '\n';
    }

    /** The examples in a command's help, without the word. */
    static List<String> examples(Class<? extends IommuCommand> type) {
        return type.getAnnotation(Command.class).detailedDescription().lines().filter(l -> l.startsWith("Example: "))
                .map(l -> l.substring("Example: ".length())).toList();
    }

    static List<Field> arguments(Class<?> command) {
        List<Field> arguments = new ArrayList<>();
        for (Class<?> type = command; type != Object.class; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.isAnnotationPresent(Argument.class)) {
                    arguments.add(field);
                }
            }
        }
        arguments.sort(Comparator.comparing(f -> f.getAnnotation(Argument.class).index()));
        return arguments;
    }

    private static void row(StringBuilder table, String name, String meaning) {
        table.append("| `").append(name).append("` | ").append(meaning).append(" |\n");
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.port.TranslationPort.PageAnswer;
import org.sluice.vfio.port.TranslationPort.PageRequest;

/** Page requests on their way to the user and answers on their way back. What nobody can answer any more is answered as invalid. */
final class FaultQueue extends IommufdObject {
    private final ArrayDeque<Group> waiting = new ArrayDeque<>();
    private final Map<Integer, Group> read = new HashMap<>();
    private final Map<Key, List<PageRequest>> incomplete = new HashMap<>();
    private int lastCookie;

    FaultQueue(IommufdContext context) {
        super(context);
    }

    private record Key(DeviceObject device, int pasid, int group) {
    }

    private record Group(Key key, List<PageRequest> requests, PageAnswer answer) {
    }

    /** Requests of a group wait for its last. */
    void deliver(DeviceObject device, PageRequest request, PageAnswer answer) {
        Key key = new Key(device, request.pasid(), request.group());
        List<PageRequest> requests = incomplete.computeIfAbsent(key, k -> new ArrayList<>());
        requests.add(request);
        if (request.last()) {
            incomplete.remove(key);
            waiting.add(new Group(key, requests, answer));
        }
    }

    /** Whole groups, oldest first, at most {@code max} requests. */
    List<PageFault> take(int max) {
        List<PageFault> faults = new ArrayList<>();
        while (!waiting.isEmpty() && faults.size() + waiting.peek().requests.size() <= max) {
            Group group = waiting.remove();
            int cookie = nextCookie();
            read.put(cookie, group);
            for (PageRequest request : group.requests) {
                faults.add(new PageFault(group.key.device.id(), request.pasid(), request.group(), request.permissions(), request.address(),
                        request.last(), cookie));
            }
        }
        return faults;
    }

    /** Whether there is something to read. */
    boolean isReady() {
        return !waiting.isEmpty();
    }

    PageAnswer answered(int cookie) {
        Group group = read.remove(cookie);
        if (group == null) {
            throw new VfioException(Errno.EINVAL, "no fault waits for an answer with cookie " + cookie);
        }
        return group.answer;
    }

    /** Answers what a device has asked and nobody has answered, since it uses another table now. */
    void cancel(DeviceObject device, int pasid) {
        List<Group> gone = new ArrayList<>();
        for (Iterator<Group> groups = waiting.iterator(); groups.hasNext();) {
            take(groups, groups.next(), device, pasid, gone);
        }
        for (Iterator<Group> groups = read.values().iterator(); groups.hasNext();) {
            take(groups, groups.next(), device, pasid, gone);
        }
        incomplete.keySet().removeIf(key -> key.device == device && key.pasid == pasid);
        gone.forEach(group -> group.answer.answer(false));
    }

    private static void take(Iterator<Group> groups, Group group, DeviceObject device, int pasid, List<Group> gone) {
        if (group.key.device == device && group.key.pasid == pasid) {
            groups.remove();
            gone.add(group);
        }
    }

    private int nextCookie() {
        do {
            lastCookie = lastCookie == Integer.MAX_VALUE ? 1 : lastCookie + 1;
        } while (read.containsKey(lastCookie));
        return lastCookie;
    }

    @Override
    void release() {
        waiting.forEach(group -> group.answer.answer(false));
        read.values().forEach(group -> group.answer.answer(false));
        waiting.clear();
        read.clear();
        incomplete.clear();
    }

    @Override
    String state() {
        return this + " users " + users() + " waiting " + waiting.size() + " read " + read.size() + " incomplete " + incomplete.size();
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.vfio.iommufd;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

import org.sluice.vfio.Errno;
import org.sluice.vfio.VfioException;
import org.sluice.vfio.memory.MemoryAccount;
import org.sluice.vfio.memory.UserMemory;
import org.sluice.vfio.port.TranslationPort;

/**
 * One user's objects: what {@code /dev/iommu} is when it is opened once. Objects have ids; refusals are {@link VfioException}s, and each
 * call is done as a whole or not at all. Thread-safe: calls are serialised; accesses are told of unmaps without the lock.
 */
public final class IommufdContext implements AutoCloseable {
    private final ReentrantLock lock = new ReentrantLock();
    private final ObjectTable objects = new ObjectTable();
    private final TranslationPort port;
    private final DeviceOwners owners;
    private final Attachments attachments = new Attachments(this);
    private final OptionCalls options = new OptionCalls(this);
    private final IoasCalls ioas = new IoasCalls(this);
    private final HwptCalls hwpt = new HwptCalls(this);
    private final DeviceCalls devices = new DeviceCalls(this);
    private final FaultCalls faults = new FaultCalls(this);
    private final ViommuCalls viommus = new ViommuCalls(this);
    private BackingListener notices = BackingListener.NONE;
    private final Set<MemoryAccount> accounts = new LinkedHashSet<>();
    private volatile boolean closed;

    /** @param owners shared by all contexts of a machine */
    public IommufdContext(TranslationPort port, DeviceOwners owners) {
        this.port = port;
        this.owners = owners;
    }

    /** Address spaces and what is mapped in them. */
    public IoasCalls ioas() {
        return ioas;
    }

    /** Page tables. */
    public HwptCalls hwpt() {
        return hwpt;
    }

    public DeviceCalls devices() {
        return devices;
    }

    /** Page requests of devices. */
    public FaultCalls faults() {
        return faults;
    }

    /** Virtual units: the only calls that know virtual machines. */
    public ViommuCalls viommus() {
        return viommus;
    }

    public OptionCalls options() {
        return options;
    }

    /** @param pinning whether it will hold pages, not only read and write */
    public AccessObject createAccess(AccessListener listener, boolean pinning) {
        return call(() -> objects.add(new AccessObject(this, listener, pinning)));
    }

    /** Who hears of memory that comes and goes behind mappings. */
    public void setBackingListener(BackingListener listener) {
        run(() -> notices = listener);
    }

    /** Ends an object; {@code EBUSY} while others use it. Devices and accesses are ended by who made them. */
    public void destroy(int id) {
        run(() -> {
            IommufdObject object = objects.get(id, IommufdObject.class);
            if (!object.isUsers()) {
                throw new VfioException(Errno.EBUSY, object + " is ended by who made it");
            }
            object.checkUnused();
            end(object);
        });
    }

    /** The state of all objects, a line each: equal lines are equal states. */
    public List<String> describe() {
        return call(() -> objects.all().stream().map(IommufdObject::state).toList());
    }

    /** Gives everything back: devices are blocked first. */
    @Override
    public void close() {
        lock.lock();
        try {
            if (!closed) {
                endAll();
            }
        } finally {
            lock.unlock();
        }
    }

    private void endAll() {
        run(() -> {
            ioas.setCompatible(0);
            objects.all(DeviceObject.class).forEach(this::end);
            while (!objects.all().isEmpty()) {
                List<IommufdObject> free = new ArrayList<>(objects.all().stream().filter(object -> object.users() == 0).toList());
                if (free.isEmpty()) {
                    throw new IllegalStateException("objects keep each other: " + objects.all());
                }
                free.sort(Comparator.comparing(IommufdObject::id).reversed());
                free.forEach(this::end);
            }
            closed = true;
        });
    }

    public boolean isClosed() {
        return closed;
    }

    <T> T call(Supplier<T> work) {
        lock.lock();
        try {
            if (closed) {
                throw new VfioException(Errno.ENODEV, "the context is closed");
            }
            return work.get();
        } finally {
            lock.unlock();
        }
    }

    void run(Runnable work) {
        call(() -> {
            work.run();
            return null;
        });
    }

    /** Runs something without the lock that the caller holds. */
    void unlocked(Runnable work) {
        int held = lock.getHoldCount();
        for (int i = 0; i < held; i++) {
            lock.unlock();
        }
        try {
            work.run();
        } finally {
            for (int i = 0; i < held; i++) {
                lock.lock();
            }
        }
    }

    void end(IommufdObject object) {
        if (object instanceof PagingHwpt) {
            ((PagingHwpt) object).space.removeTable((PagingHwpt) object);
        }
        object.release();
        objects.remove(object);
    }

    /** What a process's pins are charged to. */
    MemoryAccount account(UserMemory memory) {
        MemoryAccount account = options.countsProcesses() ? memory.process() : memory.user();
        accounts.add(account);
        return account;
    }

    /** Whose memory was ever mapped through the context. */
    public List<MemoryAccount> accounts() {
        return call(() -> List.copyOf(accounts));
    }

    ObjectTable objects() {
        return objects;
    }

    TranslationPort port() {
        return port;
    }

    DeviceOwners owners() {
        return owners;
    }

    Attachments attachments() {
        return attachments;
    }

    BackingListener notices() {
        return notices;
    }
}

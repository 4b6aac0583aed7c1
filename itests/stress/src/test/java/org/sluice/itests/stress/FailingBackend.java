// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.stress;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

import org.sluice.spi.Backend;
import org.sluice.spi.DomainTable;
import org.sluice.spi.InterruptDriver;
import org.sluice.spi.NestingDriver;
import org.sluice.spi.UnitDriver;
import org.sluice.spi.UnitModel;

/** A backend whose driver half breaks with its n-th call, as a bug in a vendor's bundle would: with an exception nobody expects, or an error. */
final class FailingBackend {
    /** What it throws. */
    static final class Broken extends IllegalStateException {
        private static final long serialVersionUID = 1L;

        Broken(String method) {
            super("broke in " + method);
        }
    }

    /** Of the arguments of {@link DomainTable#mapEach}. */
    private static final int COUNT = 3;

    private final Backend real;
    private final AtomicLong left = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong translationsLeft = new AtomicLong(Long.MAX_VALUE);
    private final AtomicLong messagesLeft = new AtomicLong(Long.MAX_VALUE);
    private Function<String, Throwable> what = Broken::new;

    FailingBackend(Backend real) {
        this.real = real;
    }

    /** Breaks with the n-th call from now on, counted from 1. */
    void breakAt(long n) {
        left.set(n);
    }

    /** What is thrown from now on, made from the name of the method that breaks. */
    void breakWith(Function<String, Throwable> made) {
        what = made;
    }

    /** The model half breaks with its n-th translation from now on, counted from 1, and all after it. */
    void breakTranslationsAt(long n) {
        translationsLeft.set(n);
    }

    /** The same with its n-th message. */
    void breakMessagesAt(long n) {
        messagesLeft.set(n);
    }

    boolean hasBroken() {
        return left.get() <= 0;
    }

    /** The backend as the platform sees it. */
    Backend backend() {
        return proxy(Backend.class, (self, method, args) -> {
            Object answer = call(real, method, args);
            return switch (method.getName()) {
                case "driver" -> ((Optional<?>) answer).map(d -> driver((UnitDriver) d));
                case "model" -> ((Optional<?>) answer).map(m -> model((UnitModel) m));
                default -> answer;
            };
        });
    }

    private UnitModel model(UnitModel model) {
        return proxy(UnitModel.class, (self, method, args) -> {
            if (method.getName().equals("translate") && translationsLeft.decrementAndGet() <= 0) {
                throw what.apply("translate");
            }
            if (method.getName().equals("interrupt") && messagesLeft.decrementAndGet() <= 0) {
                throw what.apply("interrupt");
            }
            return call(model, method, args);
        });
    }

    private UnitDriver driver(UnitDriver driver) {
        return proxy(UnitDriver.class, (self, method, args) -> {
            count(method);
            Object answer = call(driver, method, unwrapped(args));
            if (answer instanceof DomainTable table) {
                return proxy(DomainTable.class, new Table(table));
            }
            return switch (method.getName()) {
                case "interrupts" -> ((Optional<?>) answer).map(i -> counted(InterruptDriver.class, i));
                case "nesting" -> ((Optional<?>) answer).map(this::nesting);
                default -> answer;
            };
        });
    }

    private NestingDriver nesting(Object nesting) {
        return proxy(NestingDriver.class, (self, method, args) -> {
            count(method);
            Object answer = call(nesting, method, unwrapped(args));
            return answer instanceof DomainTable table ? proxy(DomainTable.class, new Table(table)) : answer;
        });
    }

    private <T> T counted(Class<T> type, Object real) {
        return proxy(type, (self, method, args) -> {
            if (!method.getName().equals("dispatch")) {
                count(method);
            }
            return call(real, method, args);
        });
    }

    private final class Table implements InvocationHandler {
        private final DomainTable table;

        Table(DomainTable table) {
            this.table = table;
        }

        @Override
        public Object invoke(Object self, Method method, Object[] args) throws Throwable {
            if (method.getName().equals("mapEach")) {
                return mapEach(method, args);
            }
            count(method);
            return call(table, method, args);
        }

        /** Each range is a call of its own: it breaks with those before the n-th mapped. */
        private Object mapEach(Method method, Object[] args) throws Throwable {
            int count = (Integer) args[COUNT];
            long before = left.get();
            if (before > count || before <= 0) {
                left.addAndGet(-count);
                return call(table, method, args);
            }
            args[COUNT] = (int) before - 1;
            call(table, method, args);
            left.set(0);
            throw what.apply(method.getName());
        }
    }

    private void count(Method method) throws Throwable {
        if (left.decrementAndGet() == 0) {
            throw what.apply(method.getName());
        }
    }

    private static Object[] unwrapped(Object[] args) {
        if (args != null) {
            for (int i = 0; i < args.length; i++) {
                if (args[i] != null && Proxy.isProxyClass(args[i].getClass()) && Proxy.getInvocationHandler(args[i]) instanceof Table table) {
                    args[i] = table.table;
                }
            }
        }
        return args;
    }

    private static Object call(Object target, Method method, Object[] args) throws Throwable {
        try {
            return method.invoke(target, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    private static <T> T proxy(Class<T> type, InvocationHandler handler) {
        return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}

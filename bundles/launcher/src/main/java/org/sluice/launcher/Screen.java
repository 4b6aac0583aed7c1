// SPDX-License-Identifier: Apache-2.0
package org.sluice.launcher;

import java.lang.reflect.Proxy;
import java.util.EnumSet;
import org.apache.karaf.shell.api.console.Session;
import org.apache.karaf.shell.api.console.Signal;
import org.apache.karaf.shell.api.console.SignalListener;
import org.apache.karaf.shell.api.console.Terminal;

/** The size of the user's terminal, for what wraps its text; it neither reads nor draws. */
record Screen(int width, int height, boolean ansi) implements Terminal {
    private static final int DEFAULT_WIDTH = 120;
    private static final int DEFAULT_HEIGHT = 24;

    static Screen ofProcess() {
        int width = Integer.getInteger("sluice.columns", 0);
        return new Screen(width > 0 ? width : DEFAULT_WIDTH, DEFAULT_HEIGHT, width > 0);
    }

    /**
     * A headless session takes its terminal from a parent and asks it for nothing else. Without a parent it would put a
     * terminal emulation between the command and the process's streams.
     */
    Session asParent() {
        return (Session) Proxy.newProxyInstance(Session.class.getClassLoader(), new Class<?>[] {Session.class},
                (proxy, method, arguments) -> method.getName().equals("getTerminal") ? this : null);
    }

    @Override
    public String getType() {
        return "dumb";
    }

    @Override
    public int getWidth() {
        return width;
    }

    @Override
    public int getHeight() {
        return height;
    }

    @Override
    public boolean isAnsiSupported() {
        return ansi;
    }

    @Override
    public boolean isEchoEnabled() {
        return false;
    }

    @Override
    public void setEchoEnabled(boolean enabled) {
        // Nothing is echoed here.
    }

    @Override
    public void addSignalListener(SignalListener listener, Signal... signals) {
        // Signals end the process; nobody is told.
    }

    @Override
    public void addSignalListener(SignalListener listener, EnumSet<Signal> signals) {
        // As above.
    }

    @Override
    public void addSignalListener(SignalListener listener) {
        // As above.
    }

    @Override
    public void removeSignalListener(SignalListener listener) {
        // None is kept.
    }
}

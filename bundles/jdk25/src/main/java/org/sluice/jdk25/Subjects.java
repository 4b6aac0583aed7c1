// SPDX-License-Identifier: Apache-2.0
package org.sluice.jdk25;

import java.security.PrivilegedAction;
import java.security.PrivilegedActionException;
import java.security.PrivilegedExceptionAction;
import javax.security.auth.Subject;

/**
 * Stands in for the calls of the Security Manager's time, with their signatures. As then, a thread belongs to the user
 * for whom the thread worked that created it: each command of a pipe runs in a thread of its own.
 */
public final class Subjects {
    private static final InheritableThreadLocal<Subject> CURRENT = new InheritableThreadLocal<>();

    private Subjects() {
    }

    /** In place of {@code Subject.getSubject}; the context, which knows nothing any more, is ignored. */
    @SuppressWarnings("removal")
    public static Subject getSubject(java.security.AccessControlContext ignored) {
        return CURRENT.get();
    }

    /** In place of {@code Subject.doAs} and Karaf's {@code JaasHelper.doAs}. */
    public static <T> T doAs(Subject subject, PrivilegedAction<T> action) {
        Subject before = CURRENT.get();
        CURRENT.set(subject);
        try {
            return action.run();
        } finally {
            CURRENT.set(before);
        }
    }

    /** In place of {@code Subject.doAs} and Karaf's {@code JaasHelper.doAs}, for actions that may fail. */
    public static <T> T doAs(Subject subject, PrivilegedExceptionAction<T> action) throws PrivilegedActionException {
        Subject before = CURRENT.get();
        CURRENT.set(subject);
        try {
            return action.run();
        } catch (RuntimeException thrown) {
            throw thrown;
        } catch (Exception thrown) {
            throw new PrivilegedActionException(thrown);
        } finally {
            CURRENT.set(before);
        }
    }
}

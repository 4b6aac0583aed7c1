// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.audit;

import java.security.AccessController;
import java.security.Principal;
import java.util.function.IntPredicate;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Collectors;

import javax.security.auth.Subject;

/**
 * The audit trail: one line for each change of what serves a unit, and for each backend that was not let in, through the logger
 * {@value #LOGGER}. Fields are {@code name="value"}; nothing in a value can end it or begin another line.
 */
public final class Audit {
    public static final String LOGGER = "org.sluice.audit";
    /** What the platform does by itself, on the operator's policy. */
    private static final String PLATFORM = "platform";
    private static final int LONGEST = 500;

    private static final Logger LOG = Logger.getLogger(LOGGER);

    static {
        // What is audited does not depend on how chatty the platform is told to be; handlers still decide what they keep.
        LOG.setLevel(Level.INFO);
    }

    private Audit() {
    }

    /**
     * Writes one line.
     *
     * @param what {@code swap}, {@code block}, {@code admit}, ...
     * @param subject unit or bundle concerned
     * @param from what served before, or null
     * @param to what serves now or should have, or null
     * @param result state, and why
     */
    public static void record(String what, String subject, String from, String to, String result) {
        LOG.log(Level.INFO, "who=" + quoted(user()) + " what=" + quoted(what) + " subject=" + quoted(subject) + " from=" + quoted(from)
                + " to=" + quoted(to) + " result=" + quoted(result));
    }

    /** Whose command this thread runs. Roles are principals too; a user is the first that is none. */
    @SuppressWarnings("removal") // Subject.current needs JDK 18; for JDK 24 and later the build redirects this call (decision 0012)
    private static String user() {
        Subject subject;
        try {
            subject = Subject.getSubject(AccessController.getContext());
        } catch (UnsupportedOperationException e) {
            return "unknown";
        }
        return subject == null ? PLATFORM : subject.getPrincipals().stream()
                .filter(p -> !p.getClass().getSimpleName().contains("Role") && !p.getClass().getSimpleName().contains("Group"))
                .map(Principal::getName).findFirst()
                .orElseGet(() -> subject.getPrincipals().stream().map(Principal::getName).sorted().collect(Collectors.joining("+")));
    }

    private static String quoted(String value) {
        IntPredicate printable = c -> c >= ' ' && c != '"' && c != '\\' && !Character.isISOControl(c) && c != 0x2028 && c != 0x2029;
        StringBuilder text = new StringBuilder("\"");
        (value == null ? "-" : value).codePoints().limit(LONGEST).map(c -> printable.test(c) ? c : '?').forEach(text::appendCodePoint);
        return text.append('"').toString();
    }
}

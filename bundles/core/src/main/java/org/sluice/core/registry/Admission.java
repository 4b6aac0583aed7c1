// SPDX-License-Identifier: Apache-2.0
package org.sluice.core.registry;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

import org.osgi.framework.Bundle;
import org.osgi.framework.VersionRange;
import org.osgi.service.metatype.annotations.AttributeDefinition;
import org.osgi.service.metatype.annotations.ObjectClassDefinition;

/** Which bundles may be backends, as the operator has decided. It looks at bundles only: none of their code runs before it has said yes. */
final class Admission {
    /** Configuration {@code org.sluice.backends}. Lists may be written with commas. */
    @ObjectClassDefinition(name = "Sluice: which bundles may be backends")
    public @interface Rules {
        @AttributeDefinition(description = "Symbolic names, each with @VERSION-RANGE if wanted; a name may end with .*; none: every bundle")
        String[] allowed() default {};

        @AttributeDefinition(description = "Whether every file of the bundle must be signed with one of the certificates")
        boolean requireSigned() default false;

        @AttributeDefinition(description = "SHA-256 fingerprints of accepted certificates, in hexadecimal with or without colons")
        String[] certificates() default {};
    }

    /** Lets everything in. */
    static final Admission OPEN = new Admission(List.of(), false, Set.of());

    private final List<String> allowed;
    private final boolean requireSigned;
    private final Set<String> certificates;

    private Admission(List<String> allowed, boolean requireSigned, Set<String> certificates) {
        this.allowed = allowed;
        this.requireSigned = requireSigned;
        this.certificates = certificates;
    }

    static Admission of(Rules rules) {
        return new Admission(Lists.items(rules.allowed()), rules.requireSigned(), Lists.items(rules.certificates()).stream()
                .map(c -> c.replace(":", "").toLowerCase(Locale.ROOT)).collect(Collectors.toUnmodifiableSet()));
    }

    /** Why a bundle may not be a backend; null if it may. */
    String refusal(Bundle bundle) {
        String name = bundle.getSymbolicName() + " " + bundle.getVersion();
        if (!allowed.isEmpty() && allowed.stream().noneMatch(item -> matches(item, bundle))) {
            return "bundle " + name + " is not in the list of allowed backends (org.sluice.backends: allowed)";
        }
        if (!requireSigned) {
            return null;
        }
        String fault = Signatures.fault(bundle, certificates);
        return fault == null ? null : "bundle " + name + " " + fault + " (org.sluice.backends: requireSigned)";
    }

    private static boolean matches(String item, Bundle bundle) {
        int at = item.indexOf('@');
        String name = at < 0 ? item : item.substring(0, at).trim();
        boolean named = name.endsWith(".*") ? String.valueOf(bundle.getSymbolicName()).startsWith(name.substring(0, name.length() - 1))
                : name.equals(bundle.getSymbolicName());
        if (!named || at < 0) {
            return named;
        }
        try {
            return VersionRange.valueOf(item.substring(at + 1).trim()).includes(bundle.getVersion());
        } catch (IllegalArgumentException e) {
            // What is no range allows no version.
            return false;
        }
    }
}

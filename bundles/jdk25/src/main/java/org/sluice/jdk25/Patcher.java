// SPDX-License-Identifier: Apache-2.0
package org.sluice.jdk25;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.ProtectionDomain;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Redirects, in the jars below a folder, Karaf's calls that ask who the current user is, and those that run something as
 * a user, to {@link Subjects}. What was redirected before is left as it is, so that it may run again over the same folder.
 */
public final class Patcher {
    /** Whose classes ask who runs a command, or say so, as tests load them; a build looks through whole folders. */
    private static final List<String> IN_TESTS = List.of("org/apache/karaf/", "org/sluice/launcher/", "org/sluice/core/audit/");
    private static final String SUBJECT = "javax/security/auth/Subject";
    private static final String HELPER = "org/apache/karaf/util/jaas/JaasHelper";
    private static final String SUBJECTS = "org/sluice/jdk25/Subjects";
    /** Where a jar of others says whose work it is; it is to say, too, that it was changed (Apache License 2.0, section 4). */
    private static final String NOTICE = "META-INF/NOTICE";
    private static final String CHANGED = "\nChanged by Sluice: calls to the Security Manager go to org.sluice.jdk25.Subjects.\n";

    private Patcher() {
    }

    /** Called by the build of the distribution, with the folders to look through. */
    public static void main(String[] folders) throws IOException {
        for (String folder : folders) {
            List<Path> jars;
            try (Stream<Path> files = Files.walk(Path.of(folder))) {
                jars = files.filter(file -> file.toString().endsWith(".jar")).toList();
            }
            for (Path jar : jars) {
                patch(jar);
            }
        }
    }

    /** Called by the JVM for {@code -javaagent}: tests that use Karaf's classes from where Maven keeps them. */
    public static void premain(String options, Instrumentation instrumentation) {
        instrumentation.addTransformer(new ClassFileTransformer() {
            @Override
            public byte[] transform(ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
                if (name == null || IN_TESTS.stream().noneMatch(name::startsWith)) {
                    return null;
                }
                byte[] redirected = redirect(bytes);
                return redirected == bytes ? null : redirected;
            }
        });
    }

    private static void patch(Path jar) throws IOException {
        Map<ZipEntry, byte[]> entries = new LinkedHashMap<>();
        boolean changed = false;
        try (ZipFile original = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : Collections.list(original.entries())) {
                byte[] bytes;
                try (InputStream content = original.getInputStream(entry)) {
                    bytes = content.readAllBytes();
                }
                byte[] redirected = entry.getName().endsWith(".class") ? redirect(bytes) : bytes;
                changed |= redirected != bytes;
                entries.put(entry, redirected);
            }
        }
        if (changed) {
            Path patched = jar.resolveSibling(jar.getFileName() + ".patched");
            write(entries, patched);
            Files.move(patched, jar, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static void write(Map<ZipEntry, byte[]> entries, Path jar) throws IOException {
        try (OutputStream file = Files.newOutputStream(jar); ZipOutputStream copy = new ZipOutputStream(file)) {
            for (Map.Entry<ZipEntry, byte[]> entry : entries.entrySet()) {
                ZipEntry same = new ZipEntry(entry.getKey().getName());
                same.setTimeLocal(entry.getKey().getTimeLocal());
                copy.putNextEntry(same);
                copy.write(entry.getValue());
                if (same.getName().equals(NOTICE)) {
                    copy.write(CHANGED.getBytes(StandardCharsets.UTF_8));
                }
                copy.closeEntry();
            }
        }
    }

    /** The same array if there is nothing to redirect. */
    private static byte[] redirect(byte[] bytes) {
        ClassReader reader = new ClassReader(bytes);
        ClassWriter writer = new ClassWriter(reader, 0);
        Redirector redirector = new Redirector(writer);
        reader.accept(redirector, 0);
        return redirector.changed ? writer.toByteArray() : bytes;
    }

    private static final class Redirector extends ClassVisitor {
        private boolean changed;

        Redirector(ClassVisitor next) {
            super(Opcodes.ASM9, next);
        }

        @Override
        public MethodVisitor visitMethod(int access, String name, String descriptor, String signature, String[] exceptions) {
            return new MethodVisitor(Opcodes.ASM9, super.visitMethod(access, name, descriptor, signature, exceptions)) {
                @Override
                public void visitMethodInsn(int opcode, String owner, String called, String type, boolean isInterface) {
                    boolean asks = owner.equals(SUBJECT) && called.equals("getSubject");
                    boolean runsAs = called.equals("doAs") && (owner.equals(SUBJECT) || owner.equals(HELPER));
                    if (opcode == Opcodes.INVOKESTATIC && (asks || runsAs)) {
                        changed = true;
                        super.visitMethodInsn(opcode, SUBJECTS, called, type, false);
                    } else {
                        super.visitMethodInsn(opcode, owner, called, type, isInterface);
                    }
                }
            };
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.sluice.jdk25;

import java.lang.instrument.ClassFileTransformer;
import java.lang.instrument.Instrumentation;
import java.security.ProtectionDomain;
import org.objectweb.asm.ClassReader;
import org.objectweb.asm.ClassVisitor;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.MethodVisitor;
import org.objectweb.asm.Opcodes;

/**
 * Lets Karaf 4.4 run without the Security Manager: redirects its calls that ask who the current user is, and those that
 * run something as a user, to {@link Subjects}. Only Karaf's classes and our launcher's are looked at.
 */
public final class Agent implements ClassFileTransformer {
    private static final String SUBJECT = "javax/security/auth/Subject";
    private static final String HELPER = "org/apache/karaf/util/jaas/JaasHelper";
    private static final String SUBJECTS = "org/sluice/jdk25/Subjects";

    private Agent() {
    }

    /** Called by the JVM for {@code -javaagent}. */
    public static void premain(String options, Instrumentation instrumentation) {
        instrumentation.addTransformer(new Agent());
    }

    @Override
    public byte[] transform(ClassLoader loader, String name, Class<?> redefined, ProtectionDomain domain, byte[] bytes) {
        if (name == null || !(name.startsWith("org/apache/karaf/") || name.startsWith("org/sluice/launcher/"))) {
            return null;
        }
        ClassReader reader = new ClassReader(bytes);
        // Reusing the constant pool keeps the classes that need no change byte for byte as they were.
        ClassWriter writer = new ClassWriter(reader, 0);
        Redirector redirector = new Redirector(writer);
        reader.accept(redirector, 0);
        return redirector.changed ? writer.toByteArray() : null;
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

// SPDX-License-Identifier: Apache-2.0
package org.sluice.itests.layering;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

import com.sun.source.tree.ClassTree;
import com.sun.source.tree.CompilationUnitTree;
import com.sun.source.tree.LambdaExpressionTree;
import com.sun.source.tree.LineMap;
import com.sun.source.tree.MethodTree;
import com.sun.source.tree.Tree;
import com.sun.source.util.JavacTask;
import com.sun.source.util.SourcePositions;
import com.sun.source.util.TreePathScanner;
import com.sun.source.util.Trees;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** What is small enough to be read at once, by the compiler's own trees: there are no exceptions. */
public class SizeTest {
    private static final int LONGEST_FILE = 500;
    /** From its first line, annotations included, to its last brace. */
    private static final int LONGEST_METHOD = 60;
    private static final int MOST_PARAMETERS = 7;

    @Rule
    public final TemporaryFolder folder = new TemporaryFolder();

    @Test
    public void everythingCanBeReadAtOnce() throws IOException {
        List<Path> files = Project.sources(".java");
        assertTrue("sources are found: " + files.size(), files.size() > 500);
        assertEquals("", String.join("\n", found(files)));
    }

    /** The test sees what is too large, or the one above proves nothing. */
    @Test
    public void whatIsTooLargeIsFound() throws IOException {
        Path file = folder.newFile("Large.java").toPath();
        Files.writeString(file, "class Large {\n"
                + "    void longest() {\n" + "        go();\n".repeat(LONGEST_METHOD - 2) + "    }\n"
                + "    @Deprecated\n    void longer() {\n" + "        go();\n".repeat(LONGEST_METHOD - 2) + "    }\n"
                + "    void wide(int a, int b, int c, int d, int e, int f, int g) {\n    }\n"
                + "    Large(int a, int b, int c, int d, int e, int f, int g, int h) {\n    }\n"
                + "    record Data(int a, int b, int c, int d, int e, int f, int g, int h) {\n        Data {\n        }\n    }\n"
                + "    Many many = (a, b, c, d, e, f, g, h) -> { };\n"
                + "    Runnable run = () -> {\n" + "        go();\n".repeat(LONGEST_METHOD) + "    };\n"
                + "}\n" + "\n".repeat(LONGEST_FILE), StandardCharsets.UTF_8);
        int lines = Files.readAllLines(file).size();
        assertEquals(List.of("Large.java: " + lines + " lines", "Large.java:62: longer has 61 lines", "Large.java:125: Large has 8 parameters",
                "Large.java:131: a lambda has 8 parameters", "Large.java:132: a lambda has 62 lines"), found(List.of(file)));
    }

    private static List<String> found(List<Path> files) throws IOException {
        List<String> found = new ArrayList<>();
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        try (StandardJavaFileManager manager = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            JavacTask task = (JavacTask) compiler.getTask(null, manager, null, List.of("-proc:none"), null, manager.getJavaFileObjectsFromPaths(files));
            SourcePositions positions = Trees.instance(task).getSourcePositions();
            for (CompilationUnitTree unit : task.parse()) {
                int lines = Project.lines(Path.of(unit.getSourceFile().toUri())).size();
                if (lines > LONGEST_FILE) {
                    found.add(name(unit) + ": " + lines + " lines");
                }
                new Sizes(unit, positions, found).scan(unit, null);
            }
        }
        return found;
    }

    private static String name(CompilationUnitTree unit) {
        Path file = Path.of(unit.getSourceFile().toUri());
        return (file.startsWith(Project.TOP) ? Project.TOP.relativize(file) : file.getFileName()).toString();
    }

    /** Notes what is too long or has too many parameters. A record's components are its data, and its constructor needs them all. */
    private static final class Sizes extends TreePathScanner<Void, Void> {
        private final CompilationUnitTree unit;
        private final LineMap lines;
        private final SourcePositions positions;
        private final List<String> found;

        Sizes(CompilationUnitTree unit, SourcePositions positions, List<String> found) {
            this.unit = unit;
            this.lines = unit.getLineMap();
            this.positions = positions;
            this.found = found;
        }

        @Override
        public Void visitMethod(MethodTree method, Void nothing) {
            boolean constructor = method.getReturnType() == null;
            ClassTree owner = (ClassTree) getCurrentPath().getParentPath().getLeaf();
            note(method, constructor ? owner.getSimpleName().toString() : method.getName().toString(),
                    constructor && owner.getKind() == Tree.Kind.RECORD ? 0 : method.getParameters().size());
            return super.visitMethod(method, nothing);
        }

        @Override
        public Void visitLambdaExpression(LambdaExpressionTree lambda, Void nothing) {
            note(lambda, "a lambda", lambda.getParameters().size());
            return super.visitLambdaExpression(lambda, nothing);
        }

        private void note(Tree tree, String name, int parameters) {
            long first = lines.getLineNumber(positions.getStartPosition(unit, tree));
            long length = lines.getLineNumber(positions.getEndPosition(unit, tree) - 1) - first + 1;
            String where = name(unit) + ":" + first + ": " + name + " has ";
            if (length > LONGEST_METHOD) {
                found.add(where + length + " lines");
            }
            if (parameters > MOST_PARAMETERS) {
                found.add(where + parameters + " parameters");
            }
        }
    }
}

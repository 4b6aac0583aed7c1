// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import org.sluice.api.Access;
import org.sluice.api.Fault;
import org.sluice.machine.Attributes;
import org.sluice.machine.DeviceId;
import org.sluice.machine.Hex;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/** Reads {@code vectors.jsonl}: an object a line; every fault of the file is told with its line. Stateless. */
final class VectorReader {
    private static final long MAX_BYTES = 64L << 20;
    private static final int MAX_DEPTH = 8;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();
    private static final List<String> REQUESTERS = List.of("streamId", "sourceId", "deviceId", "endpointId", "fid");

    private VectorReader() {
    }

    static List<Vector> read(Path file) {
        List<Vector> vectors = new ArrayList<>();
        try {
            if (Files.size(file) > MAX_BYTES) {
                throw new IommuException(Reason.LIMIT, file + " has more than " + (MAX_BYTES >> 20) + " MiB: split it");
            }
            int number = 0;
            for (String line : Files.readAllLines(file)) {
                number++;
                if (!line.isBlank()) {
                    vectors.add(vector(line, file + " line " + number));
                }
            }
        } catch (IOException unreadable) {
            throw new IommuException(Reason.IO, "cannot read " + file + ": " + unreadable.getMessage(), unreadable);
        }
        return vectors;
    }

    private static Vector vector(String line, String place) {
        try (JsonParser parser = FACTORY.createParser(line)) {
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw bad(place, "is not an object", null);
            }
            Attributes tree = new Attributes(object(parser));
            if (parser.nextToken() != null) {
                throw bad(place, "has something after its object", null);
            }
            return vector(tree);
        } catch (JsonProcessingException syntax) {
            throw bad(place, "is not JSON: " + syntax.getOriginalMessage(), syntax);
        } catch (IOException | IllegalArgumentException wrong) {
            throw bad(place, wrong.getMessage(), wrong);
        } catch (IommuException wrong) {
            throw bad(place, wrong.getMessage(), wrong);
        }
    }

    private static IommuException bad(String place, String what, Exception cause) {
        return new IommuException(Reason.BAD_FORMAT, place + ": " + what, cause);
    }

    private static Map<String, Object> object(JsonParser parser) throws IOException {
        Map<String, Object> tree = new LinkedHashMap<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            String key = parser.currentName();
            parser.nextToken();
            tree.put(key, value(parser));
        }
        return tree;
    }

    private static Object value(JsonParser parser) throws IOException {
        return switch (parser.currentToken()) {
            case START_OBJECT -> object(parser);
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (parser.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(parser));
                }
                yield list;
            }
            case VALUE_NUMBER_INT -> parser.getLongValue();
            case VALUE_TRUE -> true;
            case VALUE_FALSE -> false;
            case VALUE_NULL -> null;
            default -> parser.getText();
        };
    }

    private static Vector vector(Attributes tree) {
        String requester = REQUESTERS.stream().filter(tree::has).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("there is no streamId, sourceId, deviceId, endpointId or fid"));
        Map<String, Long> registers = new TreeMap<>();
        tree.child("registers").ifPresent(r -> r.keys().forEach(name -> registers.put(name, number(r, name))));
        Map<Long, Long> words = new TreeMap<>();
        for (String key : tree.keys()) {
            // Whatever has an address and words is a structure, whatever it is called.
            if (tree.raw(key) instanceof Map<?, ?> && tree.child(key).orElseThrow().has("words")) {
                put(words, tree.child(key).orElseThrow());
            }
        }
        tree.children("tables").forEach(table -> put(words, table));
        return new Vector(text(tree, "case"), tree.text("unit").orElse(null), DeviceId.parse(text(tree, "device")), (int) number(tree, requester),
                Access.parse(text(tree, "access")), number(tree, "iova"), tree.text("memory").orElse(null), tree.range("ram").orElse(null), registers, words,
                requests(tree), expected(tree), tree.text("clause").orElse(null), tree.text("witness").orElse(null));
    }

    private static List<Request> requests(Attributes tree) {
        return tree.children("requests").stream().map(r -> new Request(text(r, "bytes"), r.number("status").map(Long::intValue).orElse(Request.NO_ANSWER))).toList();
    }

    private static Answer expected(Attributes tree) {
        String result = text(tree, "result");
        return switch (result) {
            case "mapped" -> Answer.mapped(number(tree, "output"));
            case "fault" -> Answer.fault(tree.text("fault").orElse(null), tree.number("faultCode").map(Long::intValue).orElse(Fault.NO_CODE),
                    tree.texts("event").stream().map(Hex::parse).toList());
            default -> throw new IllegalArgumentException("result '" + result + "' is neither mapped nor fault");
        };
    }

    private static void put(Map<Long, Long> words, Attributes structure) {
        long at = number(structure, "address");
        if (at % Long.BYTES != 0) {
            throw new IllegalArgumentException("the structure at " + Hex.of(at) + " is not aligned to 8 bytes");
        }
        for (String word : structure.texts("words")) {
            words.put(at, Hex.parse(word));
            at += Long.BYTES;
        }
    }

    private static String text(Attributes tree, String key) {
        return tree.text(key).orElseThrow(() -> new IllegalArgumentException("there is no " + key));
    }

    private static long number(Attributes tree, String key) {
        return tree.number(key).orElseThrow(() -> new IllegalArgumentException("there is no " + key));
    }
}

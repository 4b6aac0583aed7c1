// SPDX-License-Identifier: Apache-2.0
package org.sluice.machines.capture;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.JsonEncoding;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import org.sluice.machine.IommuException;
import org.sluice.machine.IommuException.Reason;

/**
 * Reads a JSON file into, and writes it from, maps, lists, strings, {@code Long}s, {@code Double}s, booleans and nulls. Strict (a key twice, a
 * number beyond 64 bits, anything after the object are errors) and bounded in bytes, depth and number of values, so that no
 * file can fill the heap. Not thread-safe: one reader per file.
 */
final class JsonTree {
    static final int MAX_BYTES = 32 << 20;
    static final int MAX_DEPTH = 64;
    static final int MAX_VALUES = 1_000_000;
    private static final int MAX_TEXT = 1 << 20;
    private static final int MAX_NUMBER = 64;
    private static final JsonFactory FACTORY = JsonFactory.builder()
            .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(MAX_DEPTH).maxStringLength(MAX_TEXT)
                    .maxNameLength(MAX_TEXT).maxNumberLength(MAX_NUMBER).build())
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .build();

    private final Path file;
    private final JsonParser parser;
    private int values;

    private JsonTree(Path file, JsonParser parser) {
        this.file = file;
        this.parser = parser;
    }

    /**
     * The object in {@code file}.
     *
     * @throws IommuException with line and column for bad syntax, {@code LIMIT} for a file out of proportion
     */
    static Map<String, Object> read(Path file) {
        byte[] bytes = bytes(file);
        try (JsonParser parser = FACTORY.createParser(bytes)) {
            JsonTree tree = new JsonTree(file, parser);
            if (parser.nextToken() != JsonToken.START_OBJECT) {
                throw tree.bad("an object is due here");
            }
            Map<String, Object> root = tree.object();
            if (parser.nextToken() != null) {
                throw tree.bad("there is more after the end of the object");
            }
            return root;
        } catch (JsonProcessingException e) {
            throw new IommuException(Reason.BAD_FORMAT, file + at(e.getLocation()) + ": " + Trouble.oneLine(e.getOriginalMessage()), e);
        } catch (IOException e) {
            // The bytes are in memory: what is wrong is their encoding.
            throw new IommuException(Reason.BAD_FORMAT, file + ": not UTF-8: " + Trouble.oneLine(e.getMessage()), e);
        }
    }

    /**
     * Writes a tree of the kind that {@link #read} gives; what it wrote, it reads again.
     *
     * @throws IommuException {@code LIMIT} for a tree that is too large to be read
     */
    static void write(Path file, Map<String, Object> tree) throws IOException {
        try (OutputStream out = Files.newOutputStream(file, StandardOpenOption.CREATE_NEW);
                JsonGenerator json = FACTORY.createGenerator(out, JsonEncoding.UTF8)) {
            json.setPrettyPrinter(new DefaultPrettyPrinter());
            int values = write(json, tree, -1);
            json.flush();
            if (values > MAX_VALUES || Files.size(file) > MAX_BYTES) {
                throw new IommuException(Reason.LIMIT, file + ": the description would be larger than one that can be read again (" + MAX_VALUES + " values, "
                        + (MAX_BYTES >> 20) + " MiB); what memory does not hold, such as mappings of a virtio-iommu, is in it");
            }
        }
    }

    /** Writes a value and tells how many there are now, or that there are too many; then the rest is left out. */
    private static int write(JsonGenerator json, Object value, int before) throws IOException {
        int values = before + 1;
        if (value instanceof Map<?, ?> map) {
            json.writeStartObject();
            for (Map.Entry<?, ?> entry : map.entrySet()) {
                json.writeFieldName(String.valueOf(entry.getKey()));
                values = write(json, entry.getValue(), values);
            }
            json.writeEndObject();
        } else if (value instanceof List<?> list) {
            json.writeStartArray();
            for (Iterator<?> i = list.iterator(); i.hasNext() && values <= MAX_VALUES;) {
                values = write(json, i.next(), values);
            }
            json.writeEndArray();
        } else if (value instanceof Long || value instanceof Integer) {
            json.writeNumber(((Number) value).longValue());
        } else if (value instanceof Double number) {
            json.writeNumber(number);
        } else if (value instanceof Boolean flag) {
            json.writeBoolean(flag);
        } else if (value == null) {
            json.writeNull();
        } else {
            json.writeString(value.toString());
        }
        return values;
    }

    private static byte[] bytes(Path file) {
        if (Files.exists(file) && !Files.isRegularFile(file)) {
            throw Trouble.bad(file, "is not a regular file");
        }
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MAX_BYTES + 1);
            if (bytes.length > MAX_BYTES) {
                throw new IommuException(Reason.LIMIT, file + ": longer than " + MAX_BYTES + " bytes, which no description is");
            }
            if (bytes.length == 0) {
                throw Trouble.bad(file, "is empty; a description is a JSON object");
            }
            return bytes;
        } catch (IOException e) {
            throw Trouble.io(file, e);
        }
    }

    private Map<String, Object> object() throws IOException {
        Map<String, Object> map = new LinkedHashMap<>();
        while (parser.nextToken() == JsonToken.FIELD_NAME) {
            String key = parser.currentName();
            parser.nextToken();
            map.put(key, value());
        }
        return map;
    }

    private List<Object> list() throws IOException {
        List<Object> list = new ArrayList<>();
        while (parser.nextToken() != JsonToken.END_ARRAY) {
            list.add(value());
        }
        return list;
    }

    private Object value() throws IOException {
        if (++values > MAX_VALUES) {
            throw new IommuException(Reason.LIMIT, file + ": more than " + MAX_VALUES + " values, which no description has");
        }
        JsonToken token = parser.currentToken();
        if (token == null) {
            throw bad("the file ends too early");
        }
        return switch (token) {
            case START_OBJECT -> object();
            case START_ARRAY -> list();
            case VALUE_STRING -> parser.getText();
            case VALUE_NUMBER_INT -> integer();
            case VALUE_NUMBER_FLOAT -> parser.getDoubleValue();
            case VALUE_TRUE -> Boolean.TRUE;
            case VALUE_FALSE -> Boolean.FALSE;
            case VALUE_NULL -> null;
            default -> throw bad("a value is due here");
        };
    }

    private Long integer() throws IOException {
        if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER) {
            throw bad("the number does not fit 64 bits; write addresses as \"0x...\"");
        }
        return parser.getLongValue();
    }

    private IommuException bad(String message) {
        return new IommuException(Reason.BAD_FORMAT, file + at(parser.currentTokenLocation()) + ": " + message);
    }

    private static String at(JsonLocation location) {
        return location == null ? "" : " line " + location.getLineNr() + " column " + location.getColumnNr();
    }
}

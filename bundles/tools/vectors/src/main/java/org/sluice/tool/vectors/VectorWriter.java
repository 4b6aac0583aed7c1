// SPDX-License-Identifier: Apache-2.0
package org.sluice.tool.vectors;

import java.io.IOException;
import java.io.StringWriter;
import java.util.List;
import java.util.Map;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import org.sluice.api.TranslationReport.Result;
import org.sluice.machine.Hex;
import org.sluice.tool.vectors.Shelf.Entry;
import org.sluice.tool.vectors.Shelf.Item;

/** Writes lines of {@code vectors.jsonl}. Stateless. */
final class VectorWriter {
    private static final JsonFactory FACTORY = new JsonFactory();
    private static final String MEMORY = "memory.elf";

    private VectorWriter() {
    }

    static String line(Shelf shelf, Item item) {
        StringWriter text = new StringWriter();
        try (JsonGenerator out = FACTORY.createGenerator(text)) {
            out.writeStartObject();
            out.writeStringField("case", item.name());
            out.writeStringField("device", shelf.device().toString());
            out.writeStringField(shelf.requesterKey, Hex.of(shelf.requester));
            out.writeStringField("access", item.access().letter());
            out.writeStringField("iova", Hex.of(item.iova()));
            out.writeStringField("memory", MEMORY);
            out.writeObjectFieldStart("registers");
            for (Map.Entry<String, Long> register : item.registers().entrySet()) {
                out.writeStringField(register.getKey(), Hex.of(register.getValue()));
            }
            out.writeEndObject();
            for (Entry entry : item.entries()) {
                out.writeObjectFieldStart(entry.name());
                out.writeStringField("address", Hex.of(entry.address()));
                words(out, "words", entry.words());
                out.writeEndObject();
            }
            requests(out, item);
            expected(out, item.expected());
            out.writeStringField("clause", item.clause());
            out.writeStringField("witness", item.witness());
            out.writeEndObject();
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
        return text.toString();
    }

    private static void requests(JsonGenerator out, Item item) throws IOException {
        if (item.requests().isEmpty()) {
            return;
        }
        out.writeArrayFieldStart("requests");
        for (Request request : item.requests()) {
            out.writeStartObject();
            out.writeStringField("bytes", request.bytes());
            if (request.status() != Request.NO_ANSWER) {
                out.writeNumberField("status", request.status());
            }
            out.writeEndObject();
        }
        out.writeEndArray();
    }

    private static void words(JsonGenerator out, String name, List<Long> words) throws IOException {
        out.writeArrayFieldStart(name);
        for (long word : words) {
            out.writeString(Hex.padded(word));
        }
        out.writeEndArray();
    }

    private static void expected(JsonGenerator out, Answer expected) throws IOException {
        if (expected.result() == Result.MAPPED) {
            out.writeStringField("result", "mapped");
            out.writeStringField("output", Hex.of(expected.output()));
            return;
        }
        out.writeStringField("result", "fault");
        out.writeStringField("fault", expected.fault());
        if (expected.code() >= 0) {
            out.writeStringField("faultCode", Hex.of(expected.code()));
        }
        if (!expected.event().isEmpty()) {
            words(out, "event", expected.event());
        }
    }
}

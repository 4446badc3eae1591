package io.flowcore.worker.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * An operation of the OpenAPI document.
 *
 * @param node its description, with its responses and examples
 */
record DocumentedOperation(String path, String method, JsonNode node) {
  /** Returns all operations of a document. */
  static List<DocumentedOperation> all(JsonNode document) {
    List<DocumentedOperation> operations = new ArrayList<>();
    document
        .get("paths")
        .properties()
        .forEach(path ->
            List.of("get", "post")
                .forEach(method -> {
                  if (path.getValue().has(method)) {
                    operations.add(
                        new DocumentedOperation(
                            path.getKey(), method, path.getValue().get(method)));
                  }
                }));
    return operations;
  }
}

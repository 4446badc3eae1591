package io.flowcore.operator.apply;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.flowcore.catalog.ResourceId;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Checks that a catalog fits into its ConfigMap and its Secret. */
public final class CatalogSize {
  /** Kubernetes limits a ConfigMap and a Secret to 1 MiB, which includes the metadata. */
  private static final int MAX_BYTES = 1_000_000;

  private CatalogSize() {}

  /** Returns a problem for each object that the API server would reject as too large. */
  public static List<String> problems(List<HasMetadata> catalogObjects) {
    return catalogObjects.stream().flatMap(object -> problem(object).stream()).toList();
  }

  private static Optional<String> problem(HasMetadata object) {
    int bytes =
        switch (object) {
          case ConfigMap map -> bytes(map.getData());
          // The limit counts the decoded bytes; the data is Base64.
          case Secret secret -> bytes(secret.getData()) / 4 * 3;
          default -> 0;
        };
    return bytes <= MAX_BYTES
        ? Optional.empty()
        : Optional.of(
            String.format(
                Locale.ROOT,
                "%s would be %d bytes; the limit is %d; shorten schemas and descriptions, or split the DataCore",
                ResourceId.of(object),
                bytes,
                MAX_BYTES));
  }

  private static int bytes(Map<String, String> data) {
    return data.values().stream()
        .mapToInt(text -> text.getBytes(StandardCharsets.UTF_8).length)
        .sum();
  }
}

package io.flowcore.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Secret;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/** Decodes the data of a Secret, which a manifest contains as plain text or in base64. */
public final class SecretData {
  /** Replaces a value that is not base64, which an API server would have rejected. */
  private static final String UNREADABLE = "\uFFFD";

  private SecretData() {}

  /**
   * Returns the text of each entry, without surrounding whitespace and without empty entries. As in
   * an API server, {@code stringData} overrides {@code data}.
   */
  public static Map<String, String> decode(Secret secret) {
    Map<String, String> texts = new TreeMap<>();
    if (secret.getData() != null) {
      secret.getData().forEach((entry, value) -> texts.put(entry, decodeBase64(value)));
    }
    if (secret.getStringData() != null) {
      secret
          .getStringData()
          .forEach((entry, value) -> texts.put(entry, FieldValidator.orEmpty(value)));
    }
    texts.replaceAll((entry, value) -> value.strip());
    texts.values().removeIf(String::isEmpty);
    return texts;
  }

  private static String decodeBase64(String base64) {
    try {
      return new String(Base64.getDecoder().decode(FieldValidator.orEmpty(base64).strip()), UTF_8);
    } catch (IllegalArgumentException e) {
      return UNREADABLE;
    }
  }
}

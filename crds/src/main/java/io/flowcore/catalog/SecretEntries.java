package io.flowcore.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Secret;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/** The texts in a Secret, whether a manifest gives them plain or in base64. */
public final class SecretEntries {
  private SecretEntries() {}

  /**
   * Every entry without the blanks around it. As in an API server, {@code stringData} wins over
   * {@code data}. What is no base64 an API server would not have taken; it counts as an empty text.
   */
  public static Map<String, String> texts(Secret secret) {
    Map<String, String> texts = new TreeMap<>();
    if (secret.getData() != null) {
      secret.getData().forEach((entry, value) -> texts.put(entry, decode(value)));
    }
    if (secret.getStringData() != null) {
      secret.getStringData().forEach((entry, value) -> texts.put(entry, value.strip()));
    }
    return texts;
  }

  private static String decode(String base64) {
    try {
      return new String(Base64.getDecoder().decode(base64.strip()), UTF_8).strip();
    } catch (IllegalArgumentException e) {
      return "";
    }
  }
}

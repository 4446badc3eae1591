package io.flowcore.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fabric8.kubernetes.api.model.Secret;
import java.util.Base64;
import java.util.Map;
import java.util.TreeMap;

/** The texts in a Secret, whether a manifest gives them plain or in base64. */
public final class SecretEntries {
  /** Stands for what is no base64. An API server would not have taken it. */
  private static final String UNREADABLE = "\uFFFD";

  private SecretEntries() {}

  /**
   * Every entry that is not empty, without the blanks around it. As in an API server, {@code
   * stringData} wins over {@code data}.
   */
  public static Map<String, String> texts(Secret secret) {
    Map<String, String> texts = new TreeMap<>();
    if (secret.getData() != null) {
      secret.getData().forEach((entry, value) -> texts.put(entry, decode(value)));
    }
    if (secret.getStringData() != null) {
      secret.getStringData().forEach((entry, value) -> texts.put(entry, FieldChecks.text(value)));
    }
    texts.replaceAll((entry, value) -> value.strip());
    texts.values().removeIf(String::isEmpty);
    return texts;
  }

  private static String decode(String base64) {
    try {
      return new String(Base64.getDecoder().decode(FieldChecks.text(base64).strip()), UTF_8);
    } catch (IllegalArgumentException e) {
      return UNREADABLE;
    }
  }
}

package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.flowcore.catalog.ResourceId;
import io.flowcore.catalog.Sha256;
import io.flowcore.operator.kubernetes.ManagedMetadata;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Names and labels of a data core's objects. They depend only on its {@code metadata.name}. */
public final class Names {
  /** A Service name has at most 63 characters; this leaves 13 for the longest suffix. */
  private static final int MAX_BASE = 50;

  private static final Pattern SERVICE_NAME = Pattern.compile("[a-z]([-a-z0-9]*[a-z0-9])?");

  private final HasMetadata dataCore;
  private final String base;

  /** Creates the names of a data core's objects. */
  public Names(HasMetadata dataCore) {
    this.dataCore = dataCore;
    base = base(dataCore.getMetadata().getName());
  }

  /**
   * Returns the name itself if it is valid and short enough for a Service; otherwise its valid
   * characters and eight digits of its hash, which keep it unique.
   */
  static String base(String name) {
    if (name.length() <= MAX_BASE && SERVICE_NAME.matcher(name).matches()) {
      return name;
    }
    String plain = name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9-]", "-");
    String slug = ("x" + plain).substring(0, Math.min(plain.length() + 1, MAX_BASE - 9));
    return slug.replaceAll("-+$", "") + "-" + hash(name);
  }

  private static String hash(String text) {
    byte[] digest = Sha256.digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, 4);
  }

  /** Returns the name of the workload, the Service, the routes and most other objects. */
  public String worker() {
    return base + "-ingest";
  }

  /** Returns the name of the headless Service. */
  String headless() {
    return base + "-workers";
  }

  /** Returns the name of the ConfigMap with the catalog. */
  public String catalog() {
    return base + "-catalog";
  }

  /** Returns the name of the Secret with the digests of keys. */
  public String keys() {
    return base + "-keys";
  }

  /** Returns the name of the claim for the hot store's volume. */
  public String volume() {
    return base + "-hot-store";
  }

  String namespace() {
    return ResourceId.of(dataCore).namespace();
  }

  /** Returns labels that never change, because the selector of a workload is immutable. */
  Map<String, String> selector() {
    return Map.of("app.kubernetes.io/name", "flowcore-worker", ManagedMetadata.DATA_CORE, base);
  }

  Map<String, String> labels() {
    Map<String, String> labels = new TreeMap<>(selector());
    labels.put("app.kubernetes.io/component", "ingest");
    labels.put("app.kubernetes.io/instance", base);
    labels.put("app.kubernetes.io/part-of", "flowcore");
    labels.put(ManagedMetadata.MANAGED_BY, ManagedMetadata.OPERATOR);
    return labels;
  }

  /** Returns metadata of an object that is deleted together with the data core. */
  ObjectMeta owned(String name) {
    return new ObjectMetaBuilder(unowned(name))
        .withOwnerReferences(ManagedMetadata.ownerReference(dataCore))
        .build();
  }

  /** Returns metadata of an object that stays when the data core is deleted. */
  ObjectMeta unowned(String name) {
    return new ObjectMetaBuilder()
        .withNamespace(namespace())
        .withName(name)
        .withLabels(labels())
        .build();
  }
}

package io.flowcore.operator.plan;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.flowcore.catalog.Ids;
import io.flowcore.catalog.ResourceId;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * Names and labels of the objects of one data core. They follow from its {@code metadata.name}
 * alone.
 */
public final class Names {
  /** Label that every object of the operator has; watches filter by it. */
  public static final String MANAGED_BY = "app.kubernetes.io/managed-by";

  /** Its value, which is also the field manager of server-side apply. */
  public static final String OPERATOR = "flowcore-operator";

  /** Label that names the data core of an object. */
  public static final String DATA_CORE = "flowcore.io/data-core";

  /** Annotation of a worker's pod: {@code metadata.name} of its data core. */
  public static final String DATA_CORE_NAME = "flowcore.io/data-core-name";

  /** Annotation of a worker's pod: the catalog it is to load. Changing it wakes the kubelet. */
  public static final String CATALOG_REVISION = "flowcore.io/catalog-revision";

  /** Room for the longest suffix in the 63 characters of a Service's name. */
  private static final int MAX_BASE = 50;

  private static final Pattern SERVICE_NAME = Pattern.compile("[a-z]([-a-z0-9]*[a-z0-9])?");
  private static final String API_VERSION = "flowcore.io/v1alpha1";

  private final HasMetadata dataCore;
  private final String base;

  /** Names for a data core. */
  public Names(HasMetadata dataCore) {
    this.dataCore = dataCore;
    base = base(dataCore.getMetadata().getName());
  }

  /**
   * The name itself where it can be a Service's; else what is left of it, and eight digits of its
   * hash to keep it apart from others.
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
    byte[] digest = Ids.digest("SHA-256", text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(digest, 0, 4);
  }

  /** Workload, Service, routes and most others. */
  public String worker() {
    return base + "-ingest";
  }

  String headless() {
    return base + "-workers";
  }

  /** The ConfigMap with the catalog. */
  public String catalog() {
    return base + "-catalog";
  }

  /** The Secret with key digests. */
  public String keys() {
    return base + "-keys";
  }

  /** The claim of the hot store's volume. */
  public String volume() {
    return base + "-hot-store";
  }

  String namespace() {
    return ResourceId.of(dataCore).namespace();
  }

  /** What never changes, so that a selector never has to. */
  Map<String, String> selector() {
    return Map.of("app.kubernetes.io/name", "flowcore-worker", DATA_CORE, base);
  }

  Map<String, String> labels() {
    Map<String, String> labels = new TreeMap<>(selector());
    labels.put("app.kubernetes.io/component", "ingest");
    labels.put("app.kubernetes.io/instance", base);
    labels.put("app.kubernetes.io/part-of", "flowcore");
    labels.put(MANAGED_BY, OPERATOR);
    return labels;
  }

  /** Metadata of an object that goes when the data core goes. */
  ObjectMeta owned(String name) {
    return new ObjectMetaBuilder(kept(name)).withOwnerReferences(ownerOf(dataCore)).build();
  }

  /** Metadata of an object that stays. */
  ObjectMeta kept(String name) {
    return new ObjectMetaBuilder()
        .withNamespace(namespace())
        .withName(name)
        .withLabels(labels())
        .build();
  }

  /** A reference by which the garbage collector deletes with the owner. */
  public static OwnerReference ownerOf(HasMetadata owner) {
    return new OwnerReferenceBuilder()
        .withApiVersion(API_VERSION)
        .withKind(owner.getKind())
        .withName(owner.getMetadata().getName())
        .withUid(owner.getMetadata().getUid())
        .withController(true)
        .withBlockOwnerDeletion(false)
        .build();
  }
}

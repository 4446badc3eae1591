package io.flowcore.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.UUID;

/**
 * Derives ids from names, as version-5 UUIDs (RFC 9562 §5.5). The same manifests have the same ids
 * in every cluster, so a new cluster finds the existing archive.
 */
public final class Ids {
  /** Namespace of all ids. Never change it: existing archives would be orphaned. */
  private static final UUID NAMESPACE = UUID.fromString("6f6a1f6e-3c58-5b6e-9f2d-5d1c0a7c4e21");

  private Ids() {}

  /** Returns the id of a tenant. */
  public static UUID tenant(String tenant) {
    return v5(NAMESPACE, tenant);
  }

  /** Returns the id of a data core. */
  public static UUID dataCore(String tenant, String dataCore) {
    return v5(tenant(tenant), dataCore);
  }

  /** Returns the id of a flow type. */
  public static UUID flowType(UUID dataCore, String flowType) {
    return v5(dataCore, flowType);
  }

  /** Returns the id of an event type. */
  public static UUID eventType(UUID flowType, String eventType) {
    return v5(flowType, eventType);
  }

  private static UUID v5(UUID namespace, String name) {
    byte[] text = name.getBytes(UTF_8);
    ByteBuffer input = ByteBuffer.allocate(16 + text.length);
    input
        .putLong(namespace.getMostSignificantBits())
        .putLong(namespace.getLeastSignificantBits())
        .put(text);
    ByteBuffer hash = ByteBuffer.wrap(sha1(input.array()));
    long high = (hash.getLong() & ~0xF000L) | 0x5000L;
    long low = (hash.getLong() & 0x3FFF_FFFF_FFFF_FFFFL) | 0x8000_0000_0000_0000L;
    return new UUID(high, low);
  }

  private static byte[] sha1(byte[] input) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(input);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform provides SHA-1", e);
    }
  }
}

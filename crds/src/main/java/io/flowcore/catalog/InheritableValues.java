package io.flowcore.catalog;

import io.flowcore.api.v1alpha1.DataCoreSpec;
import io.flowcore.api.v1alpha1.EventTypeSpec;
import io.flowcore.api.v1alpha1.Retention;
import java.util.Locale;

/**
 * The values that an event type inherits from its data core if it does not set them. Those of the
 * data core are also the maximum of what an event type can set.
 *
 * @param maxEventBytes of one event of JSON. The worker's Ingestion enforces it; parts of files may
 *     be larger
 */
record InheritableValues(long hotSeconds, long maxTtlSeconds, long maxEventBytes) {
  private static final long DEFAULT_HOT_SECONDS = 5 * 86_400L;
  private static final long DEFAULT_MAX_TTL_SECONDS = 7 * 86_400L;
  private static final long DEFAULT_EVENT_BYTES = 64L << 10;
  private static final long LARGEST_EVENT_BYTES = 1L << 20;

  /** Returns the values of a data core. */
  static InheritableValues of(DataCoreSpec core, FieldValidator fields) {
    long hot = hot(core.retention(), DEFAULT_HOT_SECONDS, fields);
    String size = core.limits() == null ? null : core.limits().maxEventSize();
    return new InheritableValues(
        hot,
        maxTtl(core.retention(), Math.max(DEFAULT_MAX_TTL_SECONDS, hot), hot, fields),
        fields.bytes("spec.limits.maxEventSize", size, DEFAULT_EVENT_BYTES, LARGEST_EVENT_BYTES));
  }

  /** Returns the values of an event type of the data core with these values. */
  InheritableValues ofEventType(EventTypeSpec spec, FieldValidator fields) {
    long hot = hot(spec.retention(), hotSeconds, fields);
    return new InheritableValues(
        hot,
        maxTtl(spec.retention(), Math.max(maxTtlSeconds, hot), hot, fields),
        fields.bytes("spec.maxEventSize", spec.maxEventSize(), maxEventBytes, LARGEST_EVENT_BYTES));
  }

  /**
   * Rejects values of an event type above those of its data core.
   *
   * @param spec the event type that has these values
   */
  void requireWithin(InheritableValues core, EventTypeSpec spec, FieldValidator fields) {
    if (maxTtlSeconds > core.maxTtlSeconds()) {
      // Without a maxTtl, it is at least as long as the hot retention.
      boolean isSet = spec.retention().maxTtl() != null;
      fields.invalid(
          isSet ? "spec.retention.maxTtl" : "spec.retention.hot",
          "is %s, more than the spec.retention.maxTtl of its data core, which is %s; reduce it, or increase that of the data core"
              .formatted(Durations.format(maxTtlSeconds), Durations.format(core.maxTtlSeconds())));
    }
    if (maxEventBytes > core.maxEventBytes()) {
      fields.invalid(
          "spec.maxEventSize",
          String.format(
              Locale.ROOT,
              "is %s (%d bytes), more than the spec.limits.maxEventSize of its data core, which is %d bytes; reduce it, or increase that of the data core",
              spec.maxEventSize(),
              maxEventBytes,
              core.maxEventBytes()));
    }
  }

  private static long hot(Retention retention, long defaultValue, FieldValidator fields) {
    return fields.seconds(
        "spec.retention.hot",
        retention == null ? null : retention.hot(),
        defaultValue,
        1,
        SpecConverter.LONGEST_TTL_SECONDS);
  }

  private static long maxTtl(
      Retention retention, long defaultValue, long hot, FieldValidator fields) {
    long maxTtl =
        fields.seconds(
            "spec.retention.maxTtl",
            retention == null ? null : retention.maxTtl(),
            defaultValue,
            1,
            SpecConverter.LONGEST_TTL_SECONDS);
    if (maxTtl < hot) {
      fields.invalid(
          "spec.retention.maxTtl",
          "is "
              + Durations.format(maxTtl)
              + ", less than the hot retention of "
              + Durations.format(hot)
              + "; increase maxTtl or reduce hot");
    }
    return maxTtl;
  }
}

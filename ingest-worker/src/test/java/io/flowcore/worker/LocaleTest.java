package io.flowcore.worker;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flowcore.worker.archive.manifest.Manifest;
import io.flowcore.worker.archive.manifest.ManifestCodec;
import io.flowcore.worker.archive.segment.Segment;
import io.flowcore.worker.archive.store.ArchiveKeyLayout;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.TimeBucket;
import io.flowcore.worker.store.cassandra.CassandraSchema;
import java.util.List;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What is stored must not depend on the machine. The locale ar-EG has digits of its own. */
class LocaleTest {
  private static final ArchiveKeyLayout LAYOUT =
      new ArchiveKeyLayout(
          "acme", new UUID(1, 2), "shop", "orders", "order.placed", new UUID(3, 4));

  private final Locale before = Locale.getDefault();

  @BeforeEach
  void setLocale() {
    Locale.setDefault(Locale.of("ar", "EG"));
  }

  @AfterEach
  void restoreLocale() {
    Locale.setDefault(before);
  }

  @Test
  void hoursAndArchiveKeysHaveAsciiDigits() {
    TimeBucket hour = TimeBucket.parse("20260131120000").orElseThrow();

    assertThat(hour).hasToString("20260131120000");
    assertThat(LAYOUT.hourPrefix(hour)).contains("2026/01/31/12");
    assertThat(LAYOUT.manifestKey(hour)).matches("\\p{ASCII}+");
    assertThat(LAYOUT.segmentKey(hour, "a")).matches("\\p{ASCII}+");
  }

  @Test
  void manifestsHaveAsciiDigitsAndCanBeRead() throws Exception {
    TimeBucket hour = TimeBucket.parse("20260131120000").orElseThrow();
    String id = EventId.of(hour.firstTick(), 1).toString();
    Segment segment =
        new Segment("s", 9, 99, 1, id, id, "ab", List.of(new Segment.Frame(0, 9, 99, 1, id, id)));
    Manifest manifest =
        new Manifest(
            Manifest.VERSION,
            "acme",
            new UUID(1, 2),
            "shop",
            "orders",
            "order.placed",
            new UUID(3, 4),
            hour.toString(),
            1234567,
            1,
            List.of(segment));
    byte[] bytes = ManifestCodec.write(manifest);

    assertThat(new String(bytes, UTF_8))
        .matches("(?s)\\p{ASCII}+")
        .contains("1234567", "20260131120000");
    assertThat(ManifestCodec.read(LAYOUT.manifestKey(hour), bytes)).isEqualTo(manifest);
  }

  @Test
  void cqlStatementsHaveAsciiDigits() {
    assertThat(CassandraSchema.statements("flowcore", "dc1", OptionalInt.of(3)))
        .allSatisfy(statement -> assertThat(statement).matches("(?s)\\p{ASCII}+"))
        .first()
        .asString()
        .contains("'dc1': 3");
  }
}

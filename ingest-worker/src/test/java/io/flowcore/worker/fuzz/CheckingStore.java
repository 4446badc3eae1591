package io.flowcore.worker.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.event.EventId;
import io.flowcore.worker.event.LoneSurrogates;
import io.flowcore.worker.event.NewEvent;
import io.flowcore.worker.store.IdempotencyKey;
import io.flowcore.worker.store.StubStore;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/** Accepts every event, and checks with another parser that it is a JSON object. */
final class CheckingStore extends StubStore {
  private static final ObjectMapper JSON =
      new ObjectMapper(
              JsonFactory.builder()
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNumberLength(Integer.MAX_VALUE)
                          .maxNestingDepth(2_000)
                          .build())
                  .build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  private long stored;

  /** Returns the number of stored events. */
  long stored() {
    return stored;
  }

  @Override
  public List<EventId> append(List<NewEvent> events, Optional<IdempotencyKey> requestKey) {
    List<EventId> ids = new ArrayList<>();
    for (NewEvent event : events) {
      stored++;
      assertObject(event.payload(), event.offset(), event.length());
      byte[] metadata = event.details().metadata();
      assertObject(metadata, 0, metadata.length);
      ids.add(EventId.of(stored, stored));
    }
    return ids;
  }

  private static void assertObject(byte[] bytes, int offset, int length) {
    try {
      InputStream readable = LoneSurrogates.mask(bytes, offset, offset + length);
      assertThat(JSON.readTree(readable).isObject()).isTrue();
    } catch (NumberFormatException | ArithmeticException tooLargeForThisParser) {
      assertThat(new String(bytes, offset, length, UTF_8)).containsPattern("[eE][+-]?[0-9]{8}");
    } catch (IOException e) {
      throw new AssertionError(HexFormat.of().formatHex(bytes, offset, offset + length), e);
    }
  }
}

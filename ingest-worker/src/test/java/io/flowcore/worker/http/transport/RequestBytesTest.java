package io.flowcore.worker.http.transport;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.error.ApiException;
import io.helidon.http.RequestException;
import io.helidon.webserver.CloseConnectionException;
import java.io.ByteArrayOutputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RequestBytesTest {
  private static final TransportLimits LIMITS =
      new TransportLimits(
          1_000,
          Duration.ofSeconds(10),
          Duration.ofSeconds(75),
          Duration.ofSeconds(30),
          1_024,
          Duration.ZERO);

  private static final String POST = "POST /event/a/b/c/d HTTP/1.1\r\nHost: x\r\n";

  /** Gives out prepared pieces, then ends. */
  private static final class Pieces implements RequestBytes.Source {
    private final Deque<byte[]> pieces = new ArrayDeque<>();
    private long read;

    Pieces(String... texts) {
      for (String text : texts) {
        pieces.add(text.getBytes(ISO_8859_1));
      }
    }

    /** One text in pieces of one size. */
    static Pieces of(String text, int size) {
      Pieces all = new Pieces();
      byte[] bytes = text.getBytes(ISO_8859_1);
      for (int from = 0; from < bytes.length; from += size) {
        all.pieces.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + size)));
      }
      return all;
    }

    @Override
    public byte[] read(int timeoutMillis) {
      byte[] next = pieces.poll();
      read += next == null ? 0 : next.length;
      return next;
    }
  }

  private static String all(RequestBytes.Source source) {
    RequestBytes bytes = new RequestBytes(source, LIMITS, new byte[0]);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] next = bytes.get(); next != null; next = bytes.get()) {
      assertThat(next).as("each piece has a byte").isNotEmpty();
      out.writeBytes(next);
    }
    return out.toString(ISO_8859_1);
  }

  private static String all(String text) {
    return all(new Pieces(text));
  }

  /** What a reader of chunks makes of them. */
  private static String payload(String chunked) {
    StringBuilder payload = new StringBuilder();
    int at = 0;
    while (true) {
      int line = chunked.indexOf("\r\n", at);
      int size = Integer.parseInt(chunked.substring(at, line), 16);
      at = line + 2;
      payload.append(chunked, at, at + size);
      at += size;
      assertThat(chunked.substring(at)).startsWith("\r\n");
      at += 2;
      if (size == 0) {
        assertThat(at).as("nothing follows the last chunk").isEqualTo(chunked.length());
        return payload.toString();
      }
    }
  }

  @Test
  void aRequestWithABodyOfKnownLengthIsHandedOnAsItCame() {
    String request = POST + "Content-Length: 5\r\n\r\nhello";

    assertThat(all(request + request)).isEqualTo(request + request);
  }

  @Test
  void aPieceThatIsOneWholeRequestIsNotCopied() {
    byte[] request = (POST + "Content-Length: 5\r\n\r\nhello").getBytes(ISO_8859_1);
    RequestBytes bytes = new RequestBytes(timeout -> request, LIMITS, new byte[0]);

    assertThat(bytes.get()).isSameAs(request);
    assertThat(bytes.get()).isSameAs(request);
  }

  @Property(tries = 300)
  void requestsAreTheSameInWhateverPiecesTheyArrive(
      @ForAll @IntRange(min = 1, max = 200) int size, @ForAll("requests") List<String> requests) {
    String text = String.join("", requests);

    assertThat(all(Pieces.of(text, size))).isEqualTo(text);
  }

  @Provide
  Arbitrary<List<String>> requests() {
    Arbitrary<String> withBody =
        Arbitraries.strings()
            .ofMaxLength(500)
            .withChars("ab\r\n: ")
            .map(body -> POST + "Content-Length: " + body.length() + "\r\n\r\n" + body);
    return Arbitraries.oneOf(withBody, Arbitraries.just("GET /health HTTP/1.1\r\nHost: x\r\n\r\n"))
        .list()
        .ofMaxSize(5);
  }

  @Property(tries = 300)
  void chunksKeepTheirContentInWhateverPiecesTheyArrive(
      @ForAll @IntRange(min = 1, max = 200) int size, @ForAll("chunks") List<String> chunks) {
    StringBuilder body = new StringBuilder();
    for (String chunk : chunks) {
      body.append("%03X;ext=\"v\"\r\n%s\r\n".formatted(chunk.length(), chunk));
    }
    body.append("0\r\nDigest: x\r\nOther: y\r\n\r\n");
    String head = POST + "Transfer-Encoding: chunked\r\n\r\n";
    String next = "GET /health HTTP/1.1\r\nHost: x\r\n\r\n";

    String read = all(Pieces.of(head + body + next, size));

    assertThat(read).startsWith(head).endsWith(next);
    assertThat(payload(read.substring(head.length(), read.length() - next.length())))
        .isEqualTo(String.join("", chunks));
  }

  @Provide
  Arbitrary<List<String>> chunks() {
    return Arbitraries.strings().ofMinLength(1).ofMaxLength(300).withChars("ab\r\n0;").list();
  }

  @Test
  void aChunkIsHandedOnAsItArrivesHoweverLargeItSaysItIs() {
    Pieces pieces =
        new Pieces(
            POST + "Transfer-Encoding: chunked\r\n\r\n", "7fffffffffffff\r\n", "some", "bytes");
    RequestBytes bytes = new RequestBytes(pieces, LIMITS, new byte[0]);
    var _ = bytes.get();

    assertThat(bytes.get()).asString(ISO_8859_1).isEqualTo("0004\r\nsome\r\n");
    assertThat(bytes.get()).asString(ISO_8859_1).isEqualTo("0005\r\nbytes\r\n");
  }

  @Test
  void emptyLinesBeforeARequestAreSkipped() {
    String request = POST + "Content-Length: 2\r\n\r\n{}";

    assertThat(all("\r\n" + request + "\r\n\r\n" + request)).isEqualTo(request + request);
  }

  @Test
  void valuesThatHttpComparesWithoutCaseGetTheFormThatTheServerKnows() {
    String body = "\r\n\r\n0\r\n\r\n";

    assertThat(all(POST + "Expect: 100-Continue\r\nTRANSFER-ENCODING:  Chunked \t" + body))
        .isEqualTo(POST + "Expect: 100-continue\r\nTRANSFER-ENCODING:  chunked \t" + body);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: 5\r\nContent-Length: 5",
        "Content-Length: 5, 5",
        "Content-Length: +5",
        "Content-Length: -1",
        "Content-Length: 0x5",
        "Content-Length:",
        "Content-Length: 1000000000000000000",
        "Content-Length: 5\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: chunked, identity",
        "Transfer-Encoding: xchunked",
        "Transfer-Encoding:",
        "Transfer-Encoding : chunked",
        "Content-Length : 5",
        "Content-Length: 5\r\n folded: yes",
        ": no name",
        "no colon",
        "A: a\nContent-Length: 5",
        "A: a\rContent-Length: 5",
      })
  void aHeadThatCanBeReadInTwoWaysIsRejected(String headers) {
    assertThatThrownBy(() -> all(POST + headers + "\r\n\r\nhello"))
        .isInstanceOf(RequestException.class)
        .satisfies(e -> assertThat(((RequestException) e).status().code()).isEqualTo(400));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\nhello\r\n",
        "+5\r\nhello\r\n",
        "-5\r\nhello\r\n",
        "0x5\r\nhello\r\n",
        "g\r\n",
        "5\nhello\r\n",
        "5\r\nhello0\r\n\r\n",
        "5\r\nhello\n",
        "5\r\nhello!!\r\n",
        "5;a\nb\r\nhello\r\n",
        "0000000000000005\r\nhello\r\n",
        "0\r\ntrailer: \n\r\n",
        "0\r\n\rx",
      })
  void malformedChunksAreRejected(String body) {
    assertThatThrownBy(() -> all(POST + "Transfer-Encoding: chunked\r\n\r\n" + body))
        .isInstanceOf(RequestException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"GET / HTTP/1.0", "PRI * HTTP/2.0", "GET /", "garbage"})
  void anotherVersionOfHttpIsNamedAsSuch(String line) {
    assertThatThrownBy(() -> all(line + "\r\nHost: x\r\n\r\n"))
        .isInstanceOf(RequestException.class)
        .hasMessageContaining("HTTP/1.1 is required");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /",
        "POST / HTTP/1.1\r\nA: ",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nTrailer: ",
        "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0",
      })
  void whatNeverEndsIsRejectedAfterALimitedNumberOfBytes(String beginning) {
    Pieces endless = new Pieces(beginning);
    RequestBytes.Source source =
        timeout -> {
          if (endless.pieces.isEmpty()) {
            endless.pieces.add("0".repeat(100).getBytes(ISO_8859_1));
          }
          return endless.read(timeout);
        };

    assertThatThrownBy(() -> all(source)).isInstanceOf(RequestException.class);
    assertThat(endless.read).isLessThan(6_000);
  }

  @Test
  void aHeadThatArrivesByteByByteHasADeadlineAsAWhole() {
    TransportLimits impatient =
        new TransportLimits(
            1_000,
            Duration.ofMillis(50),
            Duration.ofSeconds(75),
            Duration.ofSeconds(30),
            1_024,
            Duration.ZERO);
    long[] waited = {0};
    RequestBytes.Source trickle =
        timeout -> {
          assertThat(timeout).isBetween(1, 75_000);
          waited[0]++;
          long until = System.nanoTime() + 5_000_000;
          while (System.nanoTime() < until) {
            Thread.onSpinWait();
          }
          return new byte[] {'A'};
        };

    assertThatThrownBy(() -> new RequestBytes(trickle, impatient, new byte[0]).get())
        .isInstanceOf(RequestException.class)
        .hasMessageContaining("did not arrive within");
    assertThat(waited[0]).isBetween(2L, 20L);
  }

  @Test
  void aSilentConnectionIsClosedWithoutAnAnswer() {
    RequestBytes.Source silent =
        timeout -> {
          assertThat(timeout).isEqualTo(75_000);
          throw new SocketTimeoutException();
        };

    assertThatThrownBy(() -> new RequestBytes(silent, LIMITS, new byte[0]).get())
        .isInstanceOf(CloseConnectionException.class);
  }

  @Test
  void aBodyThatStopsOrTricklesTimesOut() {
    Deque<byte[]> pieces =
        new ArrayDeque<>(List.of((POST + "Content-Length: 50000\r\n\r\n").getBytes(ISO_8859_1)));
    RequestBytes stalled =
        new RequestBytes(
            timeout -> {
              if (pieces.isEmpty()) {
                throw new SocketTimeoutException();
              }
              return pieces.poll();
            },
            LIMITS,
            new byte[0]);
    var _ = stalled.get();

    assertThatThrownBy(stalled::get)
        .isInstanceOf(ApiException.class)
        .hasMessage("no byte of the body arrived within 30 seconds");
  }

  @Test
  void aConnectionMayBeClosedBetweenRequestsAndInTheMiddleOfAHeadOnly() {
    Pieces pieces =
        new Pieces("GET / HTTP/1.1\r\n", "Content-Length: 2\r\n\r\n", "{", "}", "GET / ");
    RequestBytes bytes = new RequestBytes(pieces, LIMITS, new byte[0]);

    assertThat(bytes.isBetweenRequests()).isTrue();
    var _ = bytes.get();
    assertThat(bytes.isBetweenRequests()).as("in a body").isFalse();
    var _ = bytes.get();
    var _ = bytes.get();
    assertThat(bytes.isBetweenRequests()).as("while it is answered").isFalse();
    assertThat(bytes.get()).as("the end in the middle of a head").isNull();
    assertThat(bytes.isBetweenRequests()).isTrue();
  }
}

package io.flowcore.worker.http.transport;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;
import java.util.zip.GZIPOutputStream;
import java.util.zip.ZipException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Decompression of gzip bodies, member by member. */
class ContentDecodingTest {
  private static final byte[] EMPTY_MEMBER = gzip("");

  @Test
  void manyEmptyMembersAreSkipped() throws IOException {
    byte[] body = join(repeat(EMPTY_MEMBER, GzipMembers.MAX_MEMBERS - 1), gzip("{}"));

    assertThat(decode(body)).isEqualTo("{}");
  }

  @Test
  void moreMembersThanTheLimitAreRejected() {
    byte[] body = repeat(EMPTY_MEMBER, GzipMembers.MAX_MEMBERS + 1);

    assertThatThrownBy(() -> decode(body))
        .isInstanceOf(ZipException.class)
        .hasMessageContaining("10,000 gzip members");
  }

  @ParameterizedTest
  @ValueSource(strings = {"x", "{}", "\0", "\0\0\0\0\0\0\0\0", "\u001f", "\u001fxx"})
  void dataAfterTheLastMemberIsRejected(String data) {
    byte[] body = join(gzip("{}"), data.getBytes(US_ASCII));

    assertThatThrownBy(() -> decode(body)).isInstanceOfAny(ZipException.class, EOFException.class);
  }

  @Test
  void membersAreJoinedAlsoIfEachByteArrivesAlone() throws IOException {
    byte[] body = join(gzip("{\"n\":"), join(EMPTY_MEMBER, gzip("1}")));
    InputStream slow =
        new ByteArrayInputStream(body) {
          @Override
          public synchronized int read(byte[] target, int offset, int length) {
            return super.read(target, offset, Math.min(length, 1));
          }

          @Override
          public synchronized int available() {
            return 0;
          }
        };

    assertThat(decode(slow)).isEqualTo("{\"n\":1}");
  }

  @Test
  void optionalHeaderFieldsAreSkipped() throws IOException {
    byte[] plain = gzip("{}");
    ByteArrayOutputStream header = new ByteArrayOutputStream();
    header.writeBytes(new byte[] {0x1F, (byte) 0x8B, 8, 0x1E, 0, 0, 0, 0, 0, 3});
    header.writeBytes(new byte[] {2, 0, 'a', 'b'});
    header.writeBytes("name\0comment\0".getBytes(US_ASCII));
    CRC32 checksum = new CRC32();
    checksum.update(header.toByteArray());
    int expected = (int) checksum.getValue();
    byte[] rest = Arrays.copyOfRange(plain, 10, plain.length);

    byte[] correct =
        join(header.toByteArray(), new byte[] {(byte) expected, (byte) (expected >> 8)});
    assertThat(decode(join(correct, rest))).isEqualTo("{}");
    correct[correct.length - 1] ^= 1;
    assertThatThrownBy(() -> decode(join(correct, rest))).isInstanceOf(ZipException.class);
  }

  @Test
  void everyTruncationAndEveryDamagedTrailerIsDetected() {
    byte[] body = gzip("{\"n\":1}");
    for (int length = 0; length < body.length; length++) {
      byte[] part = Arrays.copyOf(body, length);
      assertThatThrownBy(() -> decode(part))
          .as("%s bytes", length)
          .isInstanceOf(EOFException.class);
    }
    for (int i = body.length - 8; i < body.length; i++) {
      byte[] damaged = body.clone();
      damaged[i] ^= 1;
      assertThatThrownBy(() -> decode(damaged)).isInstanceOf(ZipException.class);
    }
  }

  private static String decode(byte[] body) throws IOException {
    return decode(new ByteArrayInputStream(body));
  }

  private static String decode(InputStream body) throws IOException {
    try (InputStream in = ContentDecoding.decode(Optional.of("gzip"), body)) {
      return new String(in.readAllBytes(), UTF_8);
    }
  }

  private static byte[] gzip(String text) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (OutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(UTF_8));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return bytes.toByteArray();
  }

  private static byte[] repeat(byte[] bytes, int times) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int i = 0; i < times; i++) {
      all.writeBytes(bytes);
    }
    return all.toByteArray();
  }

  private static byte[] join(byte[] first, byte[] second) {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    all.writeBytes(first);
    all.writeBytes(second);
    return all.toByteArray();
  }
}

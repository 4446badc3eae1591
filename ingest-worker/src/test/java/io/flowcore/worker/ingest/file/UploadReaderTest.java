package io.flowcore.worker.ingest.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.limit.DiskBudget;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.NotBlank;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Boundaries, fields and names of multipart forms. */
class UploadReaderTest {
  private static final String TYPE =
      "--XyZ\r\nContent-Disposition: form-data; name=\"type\"\r\n\r\nt\r\n";
  private static final String FILE =
      "--XyZ\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a\"\r\n\r\ncontent\r\n";
  private static final String NOTE =
      "--XyZ\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\nn\r\n";
  private static final String END = "--XyZ--\r\n";

  @TempDir private Path directory;

  private record Content(String name, byte[] bytes, String note) {}

  private static Content read(Path directory, InputStream form) throws Exception {
    UploadSpool spool =
        new UploadSpool(directory, 1L << 30, new DiskBudget(DiskSpace.withoutReserve(directory)));
    try (UploadSpool.Spooled spooled = spool.create("shop/key")) {
      Upload upload =
          new UploadReader(spooled, 1 << 20, "id").read("multipart/form-data; boundary=XyZ", form);
      return new Content(
          upload.fileName(),
          spooled.read(0, (int) upload.size()),
          upload.fields().path("note").asText());
    }
  }

  private Content read(String form) throws Exception {
    return read(directory, new ByteArrayInputStream(form.getBytes(UTF_8)));
  }

  private ApiException rejection(String form) {
    return catchThrowableOfType(ApiException.class, () -> read(form));
  }

  private void assertInvalid(String form) {
    ApiException error = rejection(form);
    assertThat(error).as(form).isNotNull();
    assertThat(error.code()).as(form).isEqualTo(ErrorCode.INVALID_MULTIPART);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--XyZQQQ\r\n",
        "--XyZ\n",
        "--XyZ\rx",
        "--XyZ-\r\n",
        "--XyZ x\r\n",
        "--XyZ--QQQ\r\n",
        "--XyZ-- x"
      })
  void aBoundaryLineWithOtherCharactersIsRejected(String line) {
    assertInvalid(TYPE + FILE + line);
    assertInvalid(TYPE + FILE + line + NOTE + END);
    assertInvalid(line + NOTE + TYPE + FILE + END);
  }

  @Test
  void aBodyThatEndsBeforeTheClosingBoundaryIsRejected() {
    String form = TYPE + FILE + NOTE + END;
    int complete = form.length() - "\r\n".length();
    for (int length = (TYPE + FILE).length(); length < complete; length++) {
      assertInvalid(form.substring(0, length));
    }
    assertThat(rejection(form.substring(0, complete))).isNull();
  }

  @Test
  void paddingAfterABoundaryDropsNothing() throws Exception {
    String form = (TYPE + FILE + NOTE + END).replace("--XyZ\r\n", "--XyZ \t  \r\n");

    assertThat(read(form).note()).isEqualTo("n");
    assertThat(read(TYPE + NOTE + FILE + "--XyZ-- \t").note()).isEqualTo("n");
    assertThat(read(TYPE + NOTE + FILE + "--XyZ-- \t\r\nepilogue").note()).isEqualTo("n");
    assertInvalid(form.replace("--XyZ \t", "--XyZ" + " ".repeat(100_000)));
  }

  @Test
  void preambleAndEpilogueAreSkippedUpToTheirLimits() throws Exception {
    String form = TYPE + NOTE + FILE + END;

    assertThat(read("preamble, also with --XyZ inside\r\n" + form + "epilogue").note())
        .isEqualTo("n");
    assertThat(read("\r\n" + form).note()).isEqualTo("n");
    assertThat(read("x".repeat(65_536) + "\r\n" + form).note()).isEqualTo("n");
    assertInvalid("x".repeat(65_537) + "\r\n" + form);
    assertInvalid(form + "x".repeat(65_537));
  }

  @Test
  void aRepeatedFieldIsRejectedInsteadOfLost() {
    assertInvalid(TYPE + NOTE + NOTE + FILE + END);
    assertInvalid(TYPE + TYPE + FILE + END);
    assertInvalid(TYPE + FILE + FILE + END);
  }

  @Test
  void aPartWithoutAFieldNameIsRejectedInsteadOfLost() {
    assertInvalid(TYPE + FILE + "--XyZ\r\n\r\nlost\r\n" + END);
    assertInvalid(TYPE + FILE + "--XyZ\r\nContent-Disposition: form-data\r\n\r\nlost\r\n" + END);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "filename=\"C:\\dir\\a.txt\"|C:\\dir\\a.txt",
        "filename=\"../../etc/passwd\"|../../etc/passwd",
        "filename=\"a\\\"b.txt\"|a\"b.txt",
        "filename=\"a\\\\b\\\\\"|a\\b\\",
        "filename=\"a%22b%zz.txt\"|a%22b%zz.txt",
        "filename=\" a \"|` a `",
        "filename=\"\"|``",
        "filename=\"a;b=c.txt\"|a;b=c.txt",
        "filename=\"=?UTF-8?B?w7w=?=\"|=?UTF-8?B?w7w=?=",
        "filename=a.txt|a.txt",
        "FileName = a.txt ;|a.txt",
        "filename*=UTF-8''%e2%82%ac%20x.txt|€ x.txt",
        "filename*=iso-8859-1'de'%FC.txt|ü.txt",
        "filename=\"x\"; filename*=utf-8''%E2%82%AC|€",
        "filename=\"日本 ü.pdf\"|日本 ü.pdf",
      })
  void aFileNameIsKeptAsItWasSent(String parameter, String name) throws Exception {
    assertThat(read(TYPE + FILE.replace("filename=\"a\"", parameter) + END).name()).isEqualTo(name);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "filename=\"a\"; filename=\"b\"",
        "filename=\"a\"; name=\"file\"",
        "filename=\"a\"b\"",
        "filename=\"a",
        "filename",
        "filename=a b",
        "filename*=a",
        "filename*=UTF-8''%zz",
        "filename*=UTF-8''%ff",
        "filename*=UTF-8''%4",
        "filename*=UTF-8''ü",
        "filename*=Shift_JIS''%82"
      })
  void aFileNameThatCanBeReadInSeveralWaysIsRejected(String parameter) {
    assertInvalid(TYPE + FILE.replace("filename=\"a\"", parameter) + END);
  }

  @Test
  void aPartHeaderThatIsNotUtf8OrIsRepeatedIsRejected() throws Exception {
    String form = TYPE + FILE.replace("\"a\"", "\"\u00fc\"") + END;
    assertThat(
            catchThrowableOfType(
                    ApiException.class,
                    () -> read(directory, new ByteArrayInputStream(form.getBytes(ISO_8859_1))))
                .getMessage())
        .contains("not UTF-8");
    String other = "\r\ncontent-disposition: form-data; name=\"other\"\r\n\r\n";
    assertInvalid(TYPE + FILE + NOTE.replace("\r\n\r\n", other) + END);
    String folded = NOTE.replace("form-data; ", "form-data;\r\n\t");
    assertThat(read(TYPE + FILE + folded + END).note()).isEqualTo("n");
  }

  @Test
  void aTextFieldIsDecodedByItsCharsetAndNothingIsReplaced() throws Exception {
    String inLatin1 =
        TYPE
            + FILE
            + NOTE.replace(
                "\r\n\r\nn", "\r\nContent-Type: text/plain; charset=ISO-8859-1\r\n\r\n\u00fc")
            + END;
    byte[] bytes = inLatin1.getBytes(ISO_8859_1);
    assertThat(read(directory, new ByteArrayInputStream(bytes)).note()).isEqualTo("ü");
    String withoutCharset = TYPE + FILE + NOTE.replace("\r\n\r\nn", "\r\n\r\n\u00fc") + END;
    assertThat(
            catchThrowableOfType(
                    ApiException.class,
                    () ->
                        read(
                            directory,
                            new ByteArrayInputStream(withoutCharset.getBytes(ISO_8859_1))))
                .getMessage())
        .contains("'note' is not valid UTF-8");
    assertInvalid(inLatin1.replace("ISO-8859-1", "no such charset"));
    assertInvalid(
        TYPE
            + FILE
            + NOTE.replace("\r\n\r\n", "\r\nContent-Transfer-Encoding: base64\r\n\r\n")
            + END);
    String binary = NOTE.replace("\r\n\r\n", "\r\nContent-Transfer-Encoding: BINARY\r\n\r\n");
    assertThat(read(TYPE + FILE + binary + END).note()).isEqualTo("n");
  }

  @Test
  void aSecondFileUnderAnotherNameIsRejectedInsteadOfStoredAsText() {
    assertInvalid(TYPE + FILE + FILE.replace("name=\"file\"", "name=\"attachment\"") + END);
    String blob =
        FILE.replace("name=\"file\"", "name=\"additionalProperties\"").replace("content", "{}");
    assertThat(rejection(TYPE + FILE + blob + END)).isNull();
  }

  @Test
  void namesOfFieldsKeepTheirBlanks() throws Exception {
    String form =
        TYPE
            + FILE
            + NOTE
            + NOTE.replace("\"note\"", "\" note \"").replace("\r\nn\r", "\r\nm\r")
            + END;

    assertThat(read(form).note()).isEqualTo("n");
  }

  @Property(tries = 500)
  void everyFileNameAndFieldComesBackAsSent(
      @ForAll @NotBlank String name, @ForAll String text, @ForAll boolean extended)
      throws Exception {
    String sent = new String(name.getBytes(UTF_8), UTF_8).replaceAll("[\0\r\n]", "x");
    String value = new String(text.getBytes(UTF_8), UTF_8).replace("\r\n--XyZ", "");
    String parameter =
        extended
            ? "filename*=UTF-8''" + percentEncode(sent)
            : "filename=\"" + sent.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
    String form =
        TYPE
            + FILE.replace("filename=\"a\"", parameter)
            + NOTE.replace("\r\nn\r", "\r\n" + value + "\r")
            + END;
    Path spool = Files.createTempDirectory("flowcore-test");
    try {
      Content content = read(spool, new ByteArrayInputStream(form.getBytes(UTF_8)));
      assertThat(content.name()).isEqualTo(sent);
      assertThat(content.note()).isEqualTo(value);
    } finally {
      Files.delete(spool);
    }
  }

  private static String percentEncode(String text) {
    StringBuilder encoded = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      encoded.append(String.format(Locale.ROOT, "%%%02x", b));
    }
    return encoded.toString();
  }

  @Test
  void theNumberOfPartsAndTheirHeadersAreLimited() {
    StringBuilder many = new StringBuilder(TYPE + FILE);
    for (int i = 0; i < 100; i++) {
      many.append(NOTE.replace("note", "note" + i));
    }
    assertThat(rejection(many + END).code()).isEqualTo(ErrorCode.REQUEST_TOO_LARGE);
    assertInvalid(
        TYPE + FILE.replace("\r\n\r\n", "\r\nx: " + "y".repeat(9_000) + "\r\n\r\n") + END);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "\r", "\n", "\r\n", "\r\n-", "\r\n--Xy", "\r\r\n--Xy\r\n--X", "--XyZ"})
  void contentThatResemblesABoundaryIsKept(String content) throws Exception {
    String form = TYPE + FILE.replace("content", content) + END;

    assertThat(read(form).bytes()).isEqualTo(content.getBytes(UTF_8));
    assertThat(read(directory, slowly(form.getBytes(UTF_8))).bytes())
        .isEqualTo(content.getBytes(UTF_8));
  }

  @Test
  void contentIsKeptWhereverABufferEnds() throws Exception {
    Random random = new Random(1);
    String alphabet = "\r\n-XyZ";
    for (int length = 65_300; length < 65_536; length += 7) {
      StringBuilder content = new StringBuilder("x".repeat(length));
      for (int i = 0; i < 1_000; i++) {
        content.append(alphabet.charAt(random.nextInt(alphabet.length())));
      }
      String text = content.toString().replace("\r\n--XyZ", "");
      byte[] expected = text.getBytes(UTF_8);
      assertThat(Arrays.equals(read(TYPE + FILE.replace("content", text) + END).bytes(), expected))
          .isTrue();
    }
  }

  /** The locale of a JVM cannot change while it runs. */
  @Test
  void aFileNameOutsideAsciiIsAcceptedWhateverTheLocaleOfTheMachine() throws Exception {
    Path output = directory.resolve("output");
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            ReadInPosixLocale.class.getName(),
            Files.createDirectory(directory.resolve("spool")).toString());
    builder.environment().keySet().removeIf(name -> name.startsWith("LC_") || name.equals("LANG"));
    builder.environment().put("LC_ALL", "POSIX");
    Process process = builder.redirectErrorStream(true).redirectOutput(output.toFile()).start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(output).content(UTF_8).endsWith("name is kept\n");
  }

  /** Runs in a process of its own. */
  static final class ReadInPosixLocale {
    private ReadInPosixLocale() {}

    /** Reads a form whose file name has characters outside ASCII. */
    public static void main(String[] arguments) throws Exception {
      String name = "\u65e5\u672c-\u00fc.pdf";
      String form = TYPE + FILE.replace("filename=\"a\"", "filename=\"" + name + "\"") + END;
      Content content = read(Path.of(arguments[0]), new ByteArrayInputStream(form.getBytes(UTF_8)));
      System.out.print(content.name().equals(name) ? "name is kept\n" : "name is changed\n");
    }
  }

  private static InputStream slowly(byte[] bytes) {
    return new ByteArrayInputStream(bytes) {
      @Override
      public synchronized int read(byte[] target, int offset, int length) {
        return super.read(target, offset, Math.min(length, 1));
      }
    };
  }
}

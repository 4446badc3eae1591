package io.flowcore.worker.ingest.json;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_16LE;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.ingest.json.JsonSplitter.BatchSink;
import io.flowcore.worker.ingest.json.JsonSplitter.Slice;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSplitterTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  private static String single(String body) {
    byte[] bytes = body.getBytes(UTF_8);
    Slice slice = JsonSplitter.parseSingle(bytes, bytes.length, TopLevelFields.NONE);
    return new String(bytes, slice.offset(), slice.length(), UTF_8);
  }

  private static List<String> batch(String body) {
    byte[] bytes = body.getBytes(UTF_8);
    List<String> events = new ArrayList<>();
    JsonSplitter.parseBatch(
        bytes,
        bytes.length,
        TopLevelFields.NONE,
        100,
        slice -> events.add(new String(bytes, slice.offset(), slice.length(), UTF_8)));
    return events;
  }

  private static ApiException batchError(byte[] body, int maxEvents, BatchSink sink) {
    return catchThrowableOfType(
        ApiException.class,
        () -> JsonSplitter.parseBatch(body, body.length, TopLevelFields.NONE, maxEvents, sink));
  }

  private static ApiException singleError(byte[] body) {
    return catchThrowableOfType(
        ApiException.class, () -> JsonSplitter.parseSingle(body, body.length, TopLevelFields.NONE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"a\":1.000000000000000000000000001E+400}",
        "{ \"z\" : 1 , \"a\" : [ true , null ] , \"z\" : 2 }",
        "{\"ü\":\"\\u00e9 \\ud800 日本 😀\"}",
        "{\"\\ud800\":1}",
        "{\"\\uDFFF\":{\"a\\ud83dx\\ude00\":\"\\ude00\\ud83d\"}}",
        "{\"\\ud83d\\ude00\":1,\"\\\\ud800\":\"\\\\\"}",
        "{\"\\ud800\\ud800\\udc00\":\"\\\"\\ud800\"}"
      })
  void keepsPayloadsByteForByte(String payload) {
    assertThat(single(payload)).isEqualTo(payload);
    assertThat(single(" \r\n\t" + payload + " \n")).isEqualTo(payload);
    assertThat(single('\uFEFF' + payload)).isEqualTo(payload);
    assertThat(batch("[" + payload + " ,\n " + payload + "]")).containsExactly(payload, payload);
    assertThat(batch('\uFEFF' + " [ " + payload + "]")).containsExactly(payload);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{",
        "{]",
        "{\"a\":}",
        "{\"a\":1,}",
        "{a:1}",
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":.5}",
        "{\"a\":1.}",
        "{\"a\":NaN}",
        "{\"a\":tru}",
        "{\"a\":\"\t\"}",
        "{\"a\":\"\\x\"}",
        "{\"a\":\"\\u12\"}",
        "{} {}",
        "{}x",
        "{} // c",
        "/**/{}",
        "{\"a\" 1}",
        "{\"a\":1",
        "{\"a\":\"b",
        "[1",
        "{\"a\":[1,]}",
        "{\"a\":-}",
        "{\"a\":+1}",
        "{\"a\":1e}",
        "nul",
        "tru",
        "\"a"
      })
  void rejectsInvalidJsonWithLineAndColumn(String body) {
    ApiException error = singleError(body.getBytes(UTF_8));

    assertThat(error).as(body).isNotNull();
    assertThat(error.code()).as(body).isEqualTo(ErrorCode.INVALID_JSON);
    assertThat(error.getMessage()).containsPattern("\\(line \\d+, column \\d+\\)");
  }

  @Test
  void errorsNameTheExactLineAndColumn() {
    assertThat(singleError("{\"a\": 1,\n  \"b\": x}".getBytes(UTF_8)).getMessage())
        .contains("line 2, column 8");
    assertThat(singleError("{}\n {}".getBytes(UTF_8)).getMessage()).contains("line 2, column 2");
    assertThat(singleError(new byte[0]).getMessage()).contains("empty", "line 1, column 1");
    assertThat(singleError("\n ".getBytes(UTF_8)).getMessage()).contains("empty", "line 2");
    assertThat(batchError(new byte[0], 1, slice -> {}).getMessage())
        .contains("empty", "line 1, column 1");
  }

  @ParameterizedTest
  @CsvSource({"[],an array", "1,a number", "'\"x\"',a string", "true,a boolean", "null,null"})
  void rejectsABodyThatIsNotAnObjectAndNamesItsType(String body, String what) {
    ApiException error = singleError(body.getBytes(UTF_8));

    assertThat(error.code()).isEqualTo(ErrorCode.PAYLOAD_NOT_OBJECT);
    assertThat(error.getMessage()).contains(what);
  }

  @Test
  void theErrorForAnArrayNamesTheBatchUrl() {
    assertThat(singleError("[{}]".getBytes(UTF_8)).getMessage()).contains("/events/");
  }

  @Test
  void rejectsABodyThatIsNotUtf8() {
    assertThat(singleError("{\"a\":1}".getBytes(UTF_16)).getMessage()).contains("not UTF-8");
    assertThat(singleError("{\"a\":1}".getBytes(UTF_16LE)).getMessage()).contains("must be UTF-8");
    assertThat(singleError(new byte[] {'{', '"', (byte) 0xE9, '"', ':', '1', '}'}).getMessage())
        .contains("not UTF-8", "column 3");
  }

  @Test
  void rejectsNestingBeyondTheLimitAndNamesTheLimit() {
    assertThat(single("{\"a\":" + "[".repeat(999) + "]".repeat(999) + "}")).isNotEmpty();
    assertThat(singleError(("{\"a\":" + "[".repeat(100_000)).getBytes(UTF_8)).getMessage())
        .contains("1000 levels");
  }

  @Test
  void listsEveryInvalidEventOfABatchUpTo100() {
    byte[] body = ("[{},1,{},\"x\"" + ",[]".repeat(200) + "]").getBytes(UTF_8);
    ApiException error = batchError(body, 1_000, slice -> {});

    assertThat(error.code()).isEqualTo(ErrorCode.PAYLOAD_NOT_OBJECT);
    assertThat(error.details()).hasSize(100);
    assertThat(error.details().get(0).index()).isEqualTo(1);
    assertThat(error.details().get(1).index()).isEqualTo(3);
    assertThat(error.getMessage()).contains("event 1", "202 invalid events in total");
  }

  @Test
  void stopsCheckingEventsAfter100InvalidOnesButStillParsesTheRest() {
    List<Integer> checked = new ArrayList<>();
    BatchSink rejecting =
        slice -> {
          checked.add(slice.offset());
          throw new ApiException(ErrorCode.SCHEMA_MISMATCH, "no");
        };
    byte[] body = ("[{}" + ",{}".repeat(5_000) + "]").getBytes(UTF_8);
    ApiException error = batchError(body, 10_000, rejecting);

    assertThat(checked).hasSize(100);
    assertThat(error.code()).isEqualTo(ErrorCode.SCHEMA_MISMATCH);
    assertThat(error.details()).hasSize(100);
    assertThat(error.getMessage()).contains("at least 100 invalid events");
    byte[] broken = ("[{}" + ",{}".repeat(5_000) + ",{]").getBytes(UTF_8);
    assertThat(batchError(broken, 10_000, rejecting).code()).isEqualTo(ErrorCode.INVALID_JSON);
  }

  @Test
  void namesWhoseHashesCollideAreRejectedBecauseReadersCannotParseThem() {
    List<String> names = collidingNames(4_000);
    byte[] event = object(names);
    ApiException error = singleError(event);

    assertThat(error.code()).isEqualTo(ErrorCode.INVALID_JSON);
    assertThat(error.getMessage()).contains("property names", "hash code");
    ApiException inBatch =
        batchError(("[" + new String(event, UTF_8) + "]").getBytes(UTF_8), 10, slice -> {});
    assertThat(inBatch.code()).isEqualTo(ErrorCode.INVALID_JSON);
  }

  @Test
  void collidingNamesOfOneBodyDoNotAffectOtherBodies() throws Exception {
    List<String> names = collidingNames(4_000);
    // Every body has fewer names than a reader rejects; all bodies together have far more.
    for (int i = 0; i < names.size(); i += 100) {
      byte[] event = object(names.subList(i, i + 100));
      assertThat(single(new String(event, UTF_8))).isNotEmpty();
      assertThat(new ObjectMapper().readTree(event)).hasSize(100);
    }
  }

  @Test
  void manyDifferentNamesAreAccepted() throws Exception {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 200_000; i++) {
      names.add(Integer.toString(i, 36) + "-" + i * 31);
    }
    byte[] event = object(names);

    assertThat(single(new String(event, UTF_8))).isNotEmpty();
    assertThat(new ObjectMapper().readTree(event)).hasSize(200_000);
  }

  private static byte[] object(List<String> names) {
    return ("{\"" + String.join("\":1,\"", names) + "\":1}").getBytes(UTF_8);
  }

  /**
   * Returns names of eight bytes that share one hash code in the symbol table of Jackson, whatever
   * its seed. The hash depends only on {@code mix(first half) + 33 * second half} and the seed.
   */
  private static List<String> collidingNames(int count) {
    int inverseOf33 = BigInteger.valueOf(33).modInverse(BigInteger.ONE.shiftLeft(32)).intValue();
    List<String> names = new ArrayList<>();
    for (int i = 0; names.size() < count; i++) {
      String first = String.format(Locale.ROOT, "%4s", Integer.toString(i, 36)).replace(' ', '_');
      int mixed = ByteBuffer.wrap(first.getBytes(UTF_8)).getInt();
      mixed += mixed >>> 15;
      mixed ^= mixed >>> 9;
      byte[] second = ByteBuffer.allocate(4).putInt(-mixed * inverseOf33).array();
      String name = first + new String(second, ISO_8859_1);
      if (name.chars().allMatch(c -> c >= ' ' && c < 127 && c != '"' && c != '\\')) {
        names.add(name);
      }
    }
    return names;
  }

  @Test
  void listsEventsThatTheSinkRejectsTogetherWithEventsThatAreNotObjects() {
    byte[] body = "[{},1,{},2]".getBytes(UTF_8);
    ApiException error =
        batchError(
            body,
            10,
            slice -> {
              throw new ApiException(ErrorCode.EVENT_TOO_LARGE, "at " + slice.offset());
            });

    assertThat(error.details())
        .extracting(ApiException.Detail::index, ApiException.Detail::code)
        .containsExactly(
            tuple(0, ErrorCode.EVENT_TOO_LARGE),
            tuple(1, ErrorCode.PAYLOAD_NOT_OBJECT),
            tuple(2, ErrorCode.EVENT_TOO_LARGE),
            tuple(3, ErrorCode.PAYLOAD_NOT_OBJECT));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'a':1}",
        "{\"a\":01}",
        "{\"a\":NaN}",
        "{\"a\":.5}",
        "{\"a\":\"\u0001\"}",
        "{\"a\":+1}",
        "{\"a\"",
        "{\"a\":tru}",
        "/*x*/{}",
        "[1,,2]"
      })
  void errorsNameThePositionAndNoLibrarySettings(String text) {
    assertThat(singleError(text.getBytes(UTF_8)).getMessage())
        .contains("(line 1, column ")
        .doesNotContain("Feature", "Source", "Constraints", "JsonToken");
  }

  @Test
  void theErrorForDeepNestingNamesTheLine() {
    assertThat(singleError(("{\"a\":\n" + "[".repeat(100_000)).getBytes(UTF_8)).getMessage())
        .contains("1000 levels", "line 2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|EMPTY_BATCH",
        "{}|NOT_AN_ARRAY",
        "[{},{},{}]|BATCH_TOO_LARGE",
        "[{},|INVALID_JSON"
      })
  void rejectsInvalidBatchesWithTheirErrorCode(String text, ErrorCode code) {
    byte[] body = text.getBytes(UTF_8);

    assertThat(batchError(body, 2, slice -> {}).code()).isEqualTo(code);
  }

  @Test
  void readsTimesFromTopLevelFieldsOnly() {
    byte[] body = "{\"x\":{\"at\":\"inner\"},\"at\":\"outer\",\"n\":5}".getBytes(UTF_8);
    Slice slice =
        JsonSplitter.parseSingle(
            body, body.length, new TopLevelFields(Optional.of("at"), Optional.of("n")));

    assertThat(slice.eventTime().orElseThrow().text()).contains("outer");
    assertThat(slice.validTime().orElseThrow().text()).isEmpty();
    assertThat(slice.eventTime().get().repeated()).isFalse();
    assertThat(slice.length()).isEqualTo(body.length);
  }

  @Property(tries = 5_000)
  void acceptsTheSameUtf8AsTheJdk(@ForAll @Size(max = 40) byte[] bytes) {
    boolean valid;
    try {
      UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      valid = true;
    } catch (CharacterCodingException e) {
      valid = false;
    }

    assertThat(Utf8.firstInvalid(bytes, bytes.length) < 0).isEqualTo(valid);
  }

  @Property(tries = 2_000)
  void acceptsAnyEncodedTextAsUtf8(@ForAll String text) {
    byte[] bytes = new String(text.getBytes(UTF_8), UTF_8).getBytes(UTF_8);

    assertThat(Utf8.firstInvalid(bytes, bytes.length)).isEqualTo(-1);
  }

  @Property(tries = 5_000)
  void whatItAcceptsIsAnObjectForAnotherParserToo(@ForAll("nearlyJson") String text) {
    String accepted;
    try {
      accepted = single(text);
    } catch (ApiException invalid) {
      return;
    }
    JsonNode parsed;
    try {
      parsed = JSON.readTree(accepted);
    } catch (JsonProcessingException e) {
      throw new AssertionError(text, e);
    }
    assertThat(parsed.isObject()).isTrue();
  }

  @Provide
  Arbitrary<String> nearlyJson() {
    return Arbitraries.of(
            "{", "}", "[", "]", ",", ":", "\"a\"", "1", "-0.5e3", "true", "null", " ", "\"", "\\",
            "x")
        .list()
        .ofMaxSize(12)
        .map(parts -> "{" + String.join("", parts) + "}");
  }
}

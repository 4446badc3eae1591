package io.flowcore.worker.ingest;

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
import io.flowcore.worker.ingest.JsonSplitter.BatchSink;
import io.flowcore.worker.ingest.JsonSplitter.Cut;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.util.ArrayList;
import java.util.List;
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
    Cut cut = JsonSplitter.single(bytes, bytes.length, TopLevelFields.NONE);
    return new String(bytes, cut.offset(), cut.length(), UTF_8);
  }

  private static List<String> batch(String body) {
    byte[] bytes = body.getBytes(UTF_8);
    List<String> events = new ArrayList<>();
    JsonSplitter.batch(
        bytes,
        bytes.length,
        TopLevelFields.NONE,
        100,
        cut -> events.add(new String(bytes, cut.offset(), cut.length(), UTF_8)));
    return events;
  }

  private static ApiException refusedBatch(byte[] body, int maxEvents, BatchSink sink) {
    return catchThrowableOfType(
        ApiException.class,
        () -> JsonSplitter.batch(body, body.length, TopLevelFields.NONE, maxEvents, sink));
  }

  private static ApiException refused(byte[] body) {
    return catchThrowableOfType(
        ApiException.class, () -> JsonSplitter.single(body, body.length, TopLevelFields.NONE));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"a\":1.000000000000000000000000001E+400}",
        "{ \"z\" : 1 , \"a\" : [ true , null ] , \"z\" : 2 }",
        "{\"ü\":\"\\u00e9 \\ud800 日本 😀\"}"
      })
  void aPayloadIsKeptByteForByte(String payload) {
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
  void brokenJsonIsRefusedWithLineAndColumn(String body) {
    ApiException refused = refused(body.getBytes(UTF_8));

    assertThat(refused).as(body).isNotNull();
    assertThat(refused.code()).as(body).isEqualTo(ErrorCode.INVALID_JSON);
    assertThat(refused.getMessage()).containsPattern("\\(line \\d+, column \\d+\\)");
  }

  @Test
  void theMessageNamesTheVeryPlace() {
    assertThat(refused("{\"a\": 1,\n  \"b\": x}".getBytes(UTF_8)).getMessage())
        .contains("line 2, column 8");
    assertThat(refused("{}\n {}".getBytes(UTF_8)).getMessage()).contains("line 2, column 2");
  }

  @ParameterizedTest
  @CsvSource({"[],an array", "1,a number", "'\"x\"',a text", "true,a boolean", "null,null"})
  void aBodyThatIsNoObjectIsRefusedByWhatItIs(String body, String what) {
    ApiException refused = refused(body.getBytes(UTF_8));

    assertThat(refused.code()).isEqualTo(ErrorCode.PAYLOAD_NOT_OBJECT);
    assertThat(refused.getMessage()).contains(what);
  }

  @Test
  void anArrayOnTheSingleUrlIsToldOfTheBatchUrl() {
    assertThat(refused("[{}]".getBytes(UTF_8)).getMessage()).contains("/events/");
  }

  @Test
  void aBodyInAnotherEncodingIsRefused() {
    assertThat(refused("{\"a\":1}".getBytes(UTF_16)).getMessage()).contains("not UTF-8");
    assertThat(refused("{\"a\":1}".getBytes(UTF_16LE)).getMessage()).contains("must be UTF-8");
    assertThat(refused(new byte[] {'{', '"', (byte) 0xE9, '"', ':', '1', '}'}).getMessage())
        .contains("not UTF-8", "column 3");
  }

  @Test
  void nestingIsBoundedAndNamed() {
    assertThat(single("{\"a\":" + "[".repeat(999) + "]".repeat(999) + "}")).isNotEmpty();
    assertThat(refused(("{\"a\":" + "[".repeat(100_000)).getBytes(UTF_8)).getMessage())
        .contains("1000 levels");
  }

  @Test
  void everyBadEventOfABatchIsListedUpTo100() {
    byte[] body = ("[{},1,{},\"x\"" + ",[]".repeat(200) + "]").getBytes(UTF_8);
    ApiException refused = refusedBatch(body, 1_000, cut -> {});

    assertThat(refused.code()).isEqualTo(ErrorCode.PAYLOAD_NOT_OBJECT);
    assertThat(refused.details()).hasSize(100);
    assertThat(refused.details().get(0).index()).isEqualTo(1);
    assertThat(refused.details().get(1).index()).isEqualTo(3);
    assertThat(refused.getMessage()).contains("event 1", "201 more bad events");
  }

  @Test
  void whatTheSinkRefusesStandsBesideWhatIsNoObject() {
    byte[] body = "[{},1,{},2]".getBytes(UTF_8);
    ApiException refused =
        refusedBatch(
            body,
            10,
            cut -> {
              throw new ApiException(ErrorCode.EVENT_TOO_LARGE, "at " + cut.offset());
            });

    assertThat(refused.details())
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
  void messagesNameThePlaceAndNothingOfALibrary(String text) {
    assertThat(refused(text.getBytes(UTF_8)).getMessage())
        .contains("(line 1, column ")
        .doesNotContain("Feature", "Source", "Constraints", "JsonToken");
  }

  @Test
  void nestingIsRefusedWhereItIsTooDeep() {
    assertThat(refused(("{\"a\":\n" + "[".repeat(100_000)).getBytes(UTF_8)).getMessage())
        .contains("1000 levels", "line 2");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[]|empty_batch",
        "{}|not_an_array",
        "[{},{},{}]|batch_too_large",
        "[{},|invalid_json"
      })
  void batchesAreRefusedByRule(String text, ErrorCode code) {
    byte[] body = text.getBytes(UTF_8);

    assertThat(refusedBatch(body, 2, cut -> {}).code()).isEqualTo(code);
  }

  @Test
  void timesAreTakenFromTopLevelFieldsOnly() {
    byte[] body = "{\"x\":{\"at\":\"inner\"},\"at\":\"outer\",\"n\":5}".getBytes(UTF_8);
    Cut cut =
        JsonSplitter.single(
            body, body.length, new TopLevelFields(Optional.of("at"), Optional.of("n")));

    assertThat(cut.eventTime().orElseThrow().text()).contains("outer");
    assertThat(cut.validTime().orElseThrow().text()).isEmpty();
    assertThat(cut.length()).isEqualTo(body.length);
  }

  @Property(tries = 5_000)
  void utf8IsJudgedAsThePlatformJudgesIt(@ForAll @Size(max = 40) byte[] bytes) {
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
  void allTextIsValidUtf8(@ForAll String text) {
    byte[] bytes = new String(text.getBytes(UTF_8), UTF_8).getBytes(UTF_8);

    assertThat(Utf8.firstInvalid(bytes, bytes.length)).isEqualTo(-1);
  }

  @Property(tries = 5_000)
  void whateverPassesIsAnObjectForAnotherParserToo(@ForAll("nearlyJson") String text) {
    String accepted;
    try {
      accepted = single(text);
    } catch (ApiException refused) {
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

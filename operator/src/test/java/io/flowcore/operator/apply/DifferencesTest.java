package io.flowcore.operator.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DifferencesTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @ParameterizedTest(name = "{0} planned, {1} actual: {2}")
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "{\"a\":1} | {\"a\":1,\"b\":2} | -",
        "{\"a\":1} | {\"a\":2} | a",
        "{\"a\":1} | {} | a",
        "{\"a\":{\"b\":[{\"c\":1}]}} | {\"a\":{\"b\":[{\"c\":1,\"d\":2}]}} | -",
        "{\"a\":{\"b\":[{\"c\":1}]}} | {\"a\":{\"b\":[{\"c\":2}]}} | a.b[0].c",
        "{\"a\":[1]} | {\"a\":[1,2]} | a",
        "{\"a\":{}} | {} | -",
        "{\"a\":[]} | {} | -",
        "{\"a\":null} | {} | -",
        "{\"a\":\"1\"} | {\"a\":1} | a",
      })
  void theFirstPlannedFieldThatDiffersIsReturned(String wanted, String actual, String difference)
      throws Exception {
    assertThat(Differences.first(JSON.readTree(wanted), JSON.readTree(actual)))
        .isEqualTo(Optional.ofNullable(difference));
  }
}

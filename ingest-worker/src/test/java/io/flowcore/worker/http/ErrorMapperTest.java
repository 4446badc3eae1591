package io.flowcore.worker.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.http.transport.ConnectionAbortException;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ErrorMapperTest {
  @Test
  void anApiExceptionIsSentUnchanged() {
    ApiException error = new ApiException(ErrorCode.FORBIDDEN, "the key has expired");

    assertThat(ErrorMapper.toApiException(error)).isSameAs(error);
  }

  @ParameterizedTest
  @CsvSource({
    "OVERLOADED,OVERLOADED",
    "UNAVAILABLE,STORE_UNAVAILABLE",
    "CORRUPT,DAMAGED_EVENT",
  })
  void aStoreFailureKeepsItsMessage(Kind kind, ErrorCode code) {
    ApiException error = ErrorMapper.toApiException(new StoreException(kind, "the reason"));

    assertThat(error.code()).isEqualTo(code);
    assertThat(error).hasMessage("the reason");
  }

  @Test
  void aBrokenConnectionIsAbortedWithoutAResponse() {
    IOException cause = new IOException("reset");
    ConnectionAbortException abort = new ConnectionAbortException(cause);

    assertThatThrownBy(() -> ErrorMapper.toApiException(cause))
        .isInstanceOf(ConnectionAbortException.class)
        .hasCause(cause);
    assertThatThrownBy(() -> ErrorMapper.toApiException(new UncheckedIOException(cause)))
        .isInstanceOf(ConnectionAbortException.class)
        .hasRootCause(cause);
    assertThatThrownBy(() -> ErrorMapper.toApiException(abort)).isSameAs(abort);
  }

  @Test
  void theMessageOfAnUnexpectedFailureIsNotSentToTheClient() {
    for (Throwable failure :
        new Throwable[] {new IllegalStateException("secret"), new AssertionError("secret")}) {
      ApiException error = ErrorMapper.toApiException(failure);

      assertThat(error.code()).isEqualTo(ErrorCode.INTERNAL_ERROR);
      assertThat(error.getMessage()).contains("worker's log").doesNotContain("secret");
    }
  }
}

package io.flowcore.worker.ingest.json;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ApiException.Detail;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.ingest.json.JsonSplitter.BatchSink;
import io.flowcore.worker.ingest.json.JsonSplitter.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Collects the errors of single events in a batch. One invalid event rejects the whole batch. */
final class BatchErrors {
  /** The maximum number of errors in a response. */
  static final int MAX_DETAILS = 100;

  private final List<Detail> details = new ArrayList<>();
  private int count;
  private boolean unchecked;

  /** Records the error of one event. */
  void add(int index, ErrorCode code, String message) {
    count++;
    if (details.size() < MAX_DETAILS) {
      details.add(new Detail(index, code, message));
    }
  }

  /**
   * Passes an event to the sink and records its error. Skips the event if the response cannot list
   * more errors, because checks of a batch that is rejected anyway only take time.
   */
  void check(int index, Slice event, BatchSink sink) {
    if (details.size() == MAX_DETAILS) {
      unchecked = true;
      return;
    }
    try {
      sink.accept(event);
    } catch (ApiException e) {
      if (e.code() == ErrorCode.REQUEST_TOO_LARGE) {
        throw e;
      }
      add(index, e.code(), e.getMessage());
    }
  }

  /** Rejects the batch if any event is invalid, with the code of the first error. */
  void throwIfAny() {
    if (count > 0) {
      Detail first = details.getFirst();
      String total =
          String.format(
              Locale.ROOT,
              unchecked ? " (at least %,d invalid events)" : " (%,d invalid events in total)",
              count);
      throw new ApiException(
          first.code(),
          "the batch was not stored: event "
              + first.index()
              + ": "
              + first.message()
              + (count == 1 ? "" : total),
          details);
    }
  }
}

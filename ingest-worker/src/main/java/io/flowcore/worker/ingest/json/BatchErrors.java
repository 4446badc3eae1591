package io.flowcore.worker.ingest.json;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ApiException.Detail;
import io.flowcore.worker.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Collects the errors of single events in a batch. One invalid event rejects the whole batch. */
final class BatchErrors {
  /** The maximum number of errors in a response. */
  static final int MAX_DETAILS = 100;

  private final List<Detail> details = new ArrayList<>();
  private int count;

  /** Records the error of one event. */
  void add(int index, ErrorCode code, String message) {
    count++;
    if (details.size() < MAX_DETAILS) {
      details.add(new Detail(index, code, message));
    }
  }

  /** Rejects the batch if any event is invalid, with the code of the first error. */
  void throwIfAny() {
    if (count > 0) {
      Detail first = details.getFirst();
      String total =
          count == 1 ? "" : String.format(Locale.ROOT, " (%,d invalid events in total)", count);
      throw new ApiException(
          first.code(),
          "the batch was not stored: event " + first.index() + ": " + first.message() + total,
          details);
    }
  }
}

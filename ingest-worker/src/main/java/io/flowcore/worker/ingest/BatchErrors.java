package io.flowcore.worker.ingest;

import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ApiException.Detail;
import io.flowcore.worker.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;

/** What is wrong with single events of a batch. One bad event refuses all of it. */
final class BatchErrors {
  /** Most bad events that an answer lists. */
  static final int MAX_DETAILS = 100;

  private final List<Detail> details = new ArrayList<>();
  private int count;

  /** Notes a bad event. */
  void add(int index, ErrorCode code, String message) {
    count++;
    if (details.size() < MAX_DETAILS) {
      details.add(new Detail(index, code, message));
    }
  }

  /** Refuses the whole batch if any event was bad, with the code of the first. */
  void throwIfAny() {
    if (count > 0) {
      Detail first = details.getFirst();
      String more = count == 1 ? "" : " (and " + (count - 1) + " more bad events)";
      throw new ApiException(
          first.code(),
          "nothing of the batch is stored: event " + first.index() + ": " + first.message() + more,
          details);
    }
  }
}

package io.flowcore.worker.ingest;

import io.flowcore.worker.refusal.ErrorCode;
import io.flowcore.worker.refusal.RequestRefused;
import io.flowcore.worker.refusal.RequestRefused.Detail;
import java.util.List;

/** Collects what is wrong with single events of a batch. */
final class BatchErrors {
  private BatchErrors() {}

  static void add(List<Detail> details, int index, ErrorCode code, String message) {
    if (details.size() < JsonCutter.MAX_DETAILS) {
      details.add(new Detail(index, code, message));
    }
  }

  /** Refuses the whole batch, with the code of its first bad event. */
  static void throwIfAny(List<Detail> details) {
    if (!details.isEmpty()) {
      Detail first = details.getFirst();
      String more =
          details.size() == 1 ? "" : " (and " + (details.size() - 1) + " more, see details)";
      throw new RequestRefused(
          first.code(),
          "nothing of the batch is stored: event " + first.index() + ": " + first.message() + more,
          details);
    }
  }
}

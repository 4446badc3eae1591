package io.flowcore.worker.store.rocksdb;

import java.time.Duration;

/** Raises and reads the watermark of the {@link CommitClock} for readers. */
final class RocksReadWatermark {
  /** How long a query waits for the disk before it uses an earlier read watermark. */
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  private final CommitClock clock;
  private final GroupCommitter committer;

  RocksReadWatermark(CommitClock clock, GroupCommitter committer) {
    this.clock = clock;
    this.committer = committer;
  }

  /** See {@link io.flowcore.worker.store.EventLog#readWatermark}. */
  long read(long wanted) {
    // Behind after an idle period or a restart: an event that was dated ahead and is due now would
    // be missing from a page that has no cursor. Withheld by a commit in progress: so would its
    // events.
    if (clock.isBehind() || clock.isWithheld(wanted)) {
      committer.awaitRenewal(TIMEOUT);
    }
    long readWatermark = clock.readWatermark();
    if (clock.needsRenewal()) {
      committer.renew();
    }
    return readWatermark;
  }
}

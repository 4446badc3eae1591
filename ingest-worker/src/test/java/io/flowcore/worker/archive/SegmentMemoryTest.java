package io.flowcore.worker.archive;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class SegmentMemoryTest {
  private static final long SMALL = SegmentMemory.SMALL_SEGMENT_BYTES;

  @Test
  void theNumberOfHoursAtTheSameTimeFollowsTheMemory() {
    assertThat(SegmentMemory.of(1 << 20).hours()).as("at least").isEqualTo(2);
    assertThat(SegmentMemory.of(51L << 20).hours()).as("an eighth of 410 MiB").isEqualTo(8);
    assertThat(SegmentMemory.of(1L << 40).hours()).as("at most").isEqualTo(16);
  }

  @Test
  void onlyOneSegmentAtATimeBecomesLargeInASmallHeap() {
    SegmentMemory memory = SegmentMemory.of(51L << 20);
    try (SegmentMemory.Lease two = memory.begin()) {
      try (SegmentMemory.Lease one = memory.begin()) {
        assertThat(one.mayGrow(SMALL)).isTrue();
        assertThat(one.mayGrow(2 * SMALL)).isTrue();
        assertThat(two.mayGrow(SMALL - 1)).isTrue();
        assertThat(two.mayGrow(SMALL)).isFalse();
      }
      assertThat(two.mayGrow(SMALL)).isTrue();
    }
    try (SegmentMemory.Lease three = memory.begin()) {
      assertThat(three.mayGrow(SMALL)).as("returned").isTrue();
    }
  }
}

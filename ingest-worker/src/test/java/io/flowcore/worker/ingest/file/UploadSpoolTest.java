package io.flowcore.worker.ingest.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.error.ApiException;
import io.flowcore.worker.error.ErrorCode;
import io.flowcore.worker.limit.DiskBudget;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UploadSpoolTest {
  @TempDir private Path directory;

  private UploadSpool spoolOf100Bytes() throws Exception {
    return new UploadSpool(directory, 100, new DiskBudget(DiskSpace.withoutReserve(directory)));
  }

  @Test
  void concurrentUploadsShareOneBudgetAndReleaseIt() throws Exception {
    UploadSpool spool = spoolOf100Bytes();
    try (UploadSpool.Spooled one = spool.create();
        UploadSpool.Spooled two = spool.create()) {
      one.write(new byte[60], 60);
      assertThatThrownBy(() -> two.write(new byte[41], 41))
          .isInstanceOf(ApiException.class)
          .hasMessageContaining("100 bytes")
          .extracting("code")
          .isEqualTo(ErrorCode.OVERLOADED);
      two.write(new byte[40], 40);
      assertThat(spool.used()).isEqualTo(100);
    }

    assertThat(spool.used()).isZero();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void readsWhatWasWrittenFromAnyPosition() throws Exception {
    UploadSpool spool = spoolOf100Bytes();
    try (UploadSpool.Spooled spooled = spool.create()) {
      spooled.write(new byte[] {1, 2, 3, 4, 5}, 3);
      spooled.write(new byte[] {4, 5, 6}, 3);

      assertThat(spooled.read(0, 10)).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(spooled.read(4, 10)).containsExactly(5, 6);
      assertThat(spooled.read(6, 10)).isEmpty();
    }
  }

  @Test
  void deletesTheUploadsOfAnEarlierProcess() throws Exception {
    Files.write(directory.resolve("upload-old.part"), new byte[10]);
    UploadSpool spool = spoolOf100Bytes();

    assertThat(directory).isEmptyDirectory();
    assertThat(spool.used()).isZero();
  }
}

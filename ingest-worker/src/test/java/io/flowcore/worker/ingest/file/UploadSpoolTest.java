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
  void keysShareTheDiskSpaceOfUploadsAndReleaseIt() throws Exception {
    UploadSpool spool = spoolOf100Bytes();
    try (UploadSpool.Spooled one = spool.create("shop/one");
        UploadSpool.Spooled two = spool.create("shop/two")) {
      one.write(new byte[50], 50);
      assertThatThrownBy(() -> one.write(new byte[1], 1))
          .isInstanceOf(ApiException.class)
          .hasMessageContaining("51 bytes of disk space")
          .extracting("code")
          .isEqualTo(ErrorCode.OVERLOADED);
      assertThatThrownBy(() -> two.write(new byte[26], 26))
          .hasMessageContaining("uploads of all keys use 50 of the 100 bytes of disk space");
      two.write(new byte[25], 25);
      assertThat(spool.used()).isEqualTo(75);
    }

    assertThat(spool.used()).isZero();
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void readsWhatWasWrittenFromAnyPosition() throws Exception {
    UploadSpool spool = spoolOf100Bytes();
    try (UploadSpool.Spooled spooled = spool.create("shop/key")) {
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

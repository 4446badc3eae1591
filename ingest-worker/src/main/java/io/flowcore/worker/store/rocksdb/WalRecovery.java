package io.flowcore.worker.store.rocksdb;

import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import io.flowcore.worker.store.rocksdb.WalInspection.Finding;
import io.flowcore.worker.store.rocksdb.WalInspection.MissingGroups;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.DBOptions;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.WALRecoveryMode;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides, before a store is opened, whether its logs contain every event that was acknowledged.
 *
 * <p>After a power cut, anything that was not synced can be missing: whole pages, parts of pages,
 * or the end of a file. Groups are synced one at a time before their events are acknowledged.
 * Therefore, such a loss can affect the last group only, and unsynced deletions at the same time.
 * The store is then opened without them. A loss is not from a power cut, and the store is not
 * opened, if a later group shows that the lost one had been synced, or if bytes were changed
 * instead of lost.
 *
 * <p>What cannot be distinguished from a power cut: sectors of the very last group that became
 * zeros, or a file that became shorter, after they were synced. The next group, an empty one when
 * readers need the clock's reservation, or the one of a clean shutdown ends this doubt.
 */
final class WalRecovery {
  private static final Logger LOG = LoggerFactory.getLogger(WalRecovery.class);

  private static final Pattern DATA_FILE = Pattern.compile("\\d+\\.(log|sst)");

  private WalRecovery() {}

  /**
   * Returns the mode in which RocksDB loses no acknowledged event. Removes an unsynced end of the
   * MANIFEST, which RocksDB would not accept.
   *
   * @param directory of a store that this process has locked
   * @throws StoreException if acknowledged events are or may be lost
   */
  static WALRecoveryMode mode(
      Path directory, DBOptions options, ColumnFamilyDescriptor defaultColumnFamily)
      throws StoreException, RocksDBException {
    WalInspection logs;
    try {
      requireListOfFiles(directory);
      cutManifest(directory);
      logs = WalInspection.of(directory);
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNUSABLE, "the hot store in " + directory + " cannot be read: " + e, e);
    }
    if (logs.findings().isEmpty() && logs.missing().isEmpty()) {
      return WALRecoveryMode.AbsoluteConsistency;
    }
    CommitRecord recovered = lastCommit(directory, options, defaultColumnFamily);
    Optional<String> problem = problem(logs, recovered);
    if (problem.isPresent()) {
      throw new StoreException(
          Kind.UNUSABLE,
          "the hot store in "
              + directory
              + " cannot be opened: "
              + problem.get()
              + ". "
              + remedy(directory));
    }
    for (Finding finding : logs.findings()) {
      LOG.warn(
          "The last writes before a crash were not complete and are ignored; none of them was"
              + " acknowledged: {} ({} bytes)",
          finding,
          finding.to() - finding.from());
    }
    return WALRecoveryMode.PointInTimeRecovery;
  }

  /** Without the file CURRENT, RocksDB would create an empty database beside the existing files. */
  private static void requireListOfFiles(Path directory) throws IOException, StoreException {
    if (hasStore(directory) && !hasListOfFiles(directory)) {
      throw new StoreException(
          Kind.UNUSABLE,
          "the hot store in "
              + directory
              + " cannot be opened: it contains data, but its file CURRENT is missing. "
              + remedy(directory));
    }
  }

  private static boolean hasListOfFiles(Path directory) {
    return Files.exists(directory.resolve("CURRENT"));
  }

  /** Returns whether a directory, which need not exist, contains a store or a part of one. */
  static boolean hasStore(Path directory) throws IOException {
    if (hasListOfFiles(directory)) {
      return true;
    }
    if (!Files.isDirectory(directory)) {
      return false;
    }
    try (Stream<Path> files = Files.list(directory)) {
      return files.anyMatch(file -> DATA_FILE.matcher(file.getFileName().toString()).matches());
    }
  }

  /** Returns what to do about a damaged store. */
  static String remedy(Path directory) {
    return "Restore the volume from a snapshot, or see what is damaged and what can be recovered with:"
        + " flowcore store recover --data "
        + directory.toAbsolutePath().getParent();
  }

  /**
   * Returns why a store must not be opened.
   *
   * @param recovered the last group that RocksDB recovers
   */
  static Optional<String> problem(WalInspection logs, CommitRecord recovered) {
    List<MissingGroups> missing = missing(logs, recovered);
    String findings =
        logs.findings().stream().map(Finding::toString).collect(Collectors.joining("; "));
    if (!missing.isEmpty()) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "%d acknowledged events cannot be read (%s)",
              missing.stream().mapToLong(MissingGroups::events).sum(),
              findings.isEmpty() ? "a log is missing" : findings));
    }
    return logs.findings().stream().allMatch(Finding::lost)
        ? Optional.empty()
        : Optional.of(
            "the last records were changed after they were written, and may contain acknowledged"
                + " events ("
                + findings
                + ")");
  }

  /**
   * Returns the acknowledged groups that are lost if the logs are replayed up to the first damage.
   */
  static List<MissingGroups> missing(WalInspection logs, CommitRecord recovered) {
    List<MissingGroups> missing = new ArrayList<>(logs.missing());
    logs.latest()
        .filter(latest -> missing.isEmpty() && !recovered.mayPrecede(latest))
        .ifPresent(latest -> missing.add(new MissingGroups(recovered, latest)));
    return missing;
  }

  /** Reads the last group as RocksDB recovers it, without changing anything. */
  private static CommitRecord lastCommit(
      Path directory, DBOptions options, ColumnFamilyDescriptor defaultColumnFamily)
      throws RocksDBException {
    List<ColumnFamilyHandle> handles = new ArrayList<>();
    try (DBOptions readOnly =
            new DBOptions(options).setWalRecoveryMode(WALRecoveryMode.PointInTimeRecovery);
        RocksDB db =
            RocksDB.openReadOnly(
                readOnly, directory.toString(), List.of(defaultColumnFamily), handles);
        ColumnFamilyHandle meta = handles.getFirst()) {
      return EventGroupWriter.lastCommit(db, meta);
    }
  }

  /** Removes the end of the MANIFEST if it was never synced. */
  static void cutManifest(Path directory) throws IOException {
    Optional<ManifestFile> manifest = ManifestFile.read(directory);
    Optional<Long> end = manifest.flatMap(ManifestFile::unsyncedEnd).filter(offset -> offset > 0);
    if (end.isPresent()) {
      Path path = manifest.get().path();
      try (FileChannel file = FileChannel.open(path, StandardOpenOption.WRITE)) {
        LOG.warn(
            "The last change of {} was not complete and is ignored: {} bytes from {}",
            path,
            file.size() - end.get(),
            end.get());
        file.truncate(end.get());
        file.force(true);
      }
    }
  }
}

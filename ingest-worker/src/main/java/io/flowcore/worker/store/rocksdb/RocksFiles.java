package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.disk.DiskSpace;
import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import org.rocksdb.BlockBasedTableConfig;
import org.rocksdb.BloomFilter;
import org.rocksdb.ColumnFamilyDescriptor;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.ColumnFamilyOptions;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
import org.rocksdb.SstPartitionerFixedPrefixFactory;
import org.rocksdb.Statistics;
import org.rocksdb.Status;

/**
 * An open RocksDB database with its column families, and all native objects that are released with
 * it.
 */
final class RocksFiles implements AutoCloseable {
  private static final byte[] EVENTS = "events".getBytes(UTF_8);
  private static final byte[] PENDING_ARCHIVE = "pending_archive".getBytes(UTF_8);
  private static final byte[] EXPIRY = "expiry".getBytes(UTF_8);
  private static final byte[] IDEMPOTENCY_RECORDS = "idempotency_records_by_day".getBytes(UTF_8);
  private static final byte[] MANIFEST_GENERATIONS = "manifest_generations".getBytes(UTF_8);

  private static final long IDEMPOTENCY_BUFFER_BYTES = 16L << 20;
  private static final int WRITE_BUFFERS = 3;

  private final List<AutoCloseable> natives;
  private final RocksDB db;
  private final RocksEnvironment environment;
  private final ColumnFamilyHandle meta;
  private final ColumnFamilyHandle events;
  private final ColumnFamilyHandle pendingArchive;
  private final ColumnFamilyHandle expiry;
  private final ColumnFamilyHandle idempotencyRecords;
  private final ColumnFamilyHandle manifestGenerations;

  private RocksFiles(
      List<AutoCloseable> natives,
      RocksEnvironment environment,
      RocksDB db,
      List<ColumnFamilyHandle> columnFamilies) {
    this.natives = natives;
    this.environment = environment;
    this.db = db;
    meta = columnFamilies.get(0);
    events = columnFamilies.get(1);
    pendingArchive = columnFamilies.get(2);
    expiry = columnFamilies.get(3);
    idempotencyRecords = columnFamilies.get(4);
    manifestGenerations = columnFamilies.get(5);
  }

  /**
   * Opens the database in a directory, which is created if it does not exist, with the default
   * reserve of its disk.
   *
   * @throws StoreException with a message for the administrator
   */
  static RocksFiles open(Path directory, Optional<Statistics> statistics) throws StoreException {
    return open(directory, statistics, StoreDirectory.space(directory));
  }

  /** Opens the database in a directory, on a disk with a given reserve. */
  static RocksFiles open(Path directory, Optional<Statistics> statistics, DiskSpace disk)
      throws StoreException {
    StoreDirectory.prepare(directory);
    RocksLimits.check(disk);
    RocksDB.loadLibrary();
    RocksLimits limits = RocksLimits.forDisk(disk.total());
    List<AutoCloseable> natives = new ArrayList<>();
    boolean opened = false;
    try {
      keep(natives, StoreLock.take(directory));
      RocksEnvironment environment = keep(natives, new RocksEnvironment(disk, limits));
      LRUCache cache = environment.cache();
      BloomFilter bloom = keep(natives, new BloomFilter(10));
      var days = keep(natives, new SstPartitionerFixedPrefixFactory(IdempotencyRecords.DAY_LENGTH));
      ColumnFamilyOptions columnFamily = keep(natives, columnFamilyOptions(cache, bloom, limits));
      DBOptions options = keep(natives, options());
      environment.applyTo(options);
      statistics.ifPresent(options::setStatistics);
      List<ColumnFamilyDescriptor> descriptors =
          List.of(
              new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, columnFamily),
              new ColumnFamilyDescriptor(EVENTS, columnFamily),
              new ColumnFamilyDescriptor(PENDING_ARCHIVE, columnFamily),
              new ColumnFamilyDescriptor(EXPIRY, columnFamily),
              new ColumnFamilyDescriptor(
                  IDEMPOTENCY_RECORDS,
                  keep(natives, idempotencyOptions(cache, bloom, days, limits))),
              new ColumnFamilyDescriptor(MANIFEST_GENERATIONS, columnFamily));
      options.setWalRecoveryMode(WalRecovery.mode(directory, options, descriptors.getFirst()));
      List<ColumnFamilyHandle> columnFamilies = new ArrayList<>();
      RocksDB db = RocksDB.open(options, directory.toString(), descriptors, columnFamilies);
      opened = true;
      // RocksDB now knows the size of its files, and compactions may already be due.
      environment.compactions().update();
      return new RocksFiles(natives, environment, db, columnFamilies);
    } catch (RocksDBException e) {
      throw new StoreException(
          DiskSpace.isFull(e) ? Kind.UNAVAILABLE : Kind.UNUSABLE, explain(directory, disk, e), e);
    } finally {
      if (!opened) {
        release(natives);
      }
    }
  }

  private static String explain(Path directory, DiskSpace disk, RocksDBException e) {
    String message = String.valueOf(e.getMessage());
    if (DiskSpace.isFull(e)) {
      return StoreDirectory.full(directory, disk);
    }
    if (message.contains("LOCK")) {
      return "the data directory "
          + directory
          + " is in use by another worker; stop that worker, or set another directory with --data";
    }
    if (message.contains("Column families not opened")) {
      return "the hot store in "
          + directory
          + " was written by another version of Flowcore; start that version, or set another"
          + " directory with --data: "
          + message;
    }
    String problem = "the hot store in " + directory + " cannot be opened: " + message;
    boolean damaged =
        (e.getStatus() != null && e.getStatus().getCode() == Status.Code.Corruption)
            || message.contains("No such file");
    return damaged ? problem + ". " + WalRecovery.remedy(directory) : problem;
  }

  /**
   * Returns options with which the MANIFEST records the synced size of each log except the newest,
   * so that one that is missing or too short is an error. The Java API has no setter for it.
   */
  static DBOptions withTrackedLogs() {
    Properties properties = new Properties();
    properties.setProperty("track_and_verify_wals_in_manifest", "true");
    return DBOptions.getDBOptionsFromProps(properties);
  }

  private static DBOptions options() {
    return withTrackedLogs()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        .setParanoidChecks(true)
        .setMaxBackgroundJobs(2)
        .setBytesPerSync(1L << 20)
        .setWalBytesPerSync(0)
        .setKeepLogFileNum(3)
        .setMaxLogFileSize(4L << 20)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setStatsDumpPeriodSec(0);
  }

  private static ColumnFamilyOptions columnFamilyOptions(
      LRUCache cache, BloomFilter bloom, RocksLimits limits) {
    return new ColumnFamilyOptions()
        .setWriteBufferSize(limits.writeBuffer())
        .setTargetFileSizeBase(limits.writeBuffer())
        .setMaxWriteBufferNumber(WRITE_BUFFERS)
        .setCompressionType(CompressionType.LZ4_COMPRESSION)
        .setBottommostCompressionType(CompressionType.ZSTD_COMPRESSION)
        .setLevelCompactionDynamicLevelBytes(true)
        .setTableFormatConfig(
            new BlockBasedTableConfig()
                .setBlockCache(cache)
                .setFilterPolicy(bloom)
                // Partitioned indexes and filters: complete ones of many files would evict each
                // other from the cache, and every lookup would read them again.
                .setIndexType(IndexType.kTwoLevelIndexSearch)
                .setPartitionFilters(true)
                .setMetadataBlockSize(4 << 10)
                .setCacheIndexAndFilterBlocks(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true)
                .setPinTopLevelIndexAndFilter(true)
                .setBlockSize(16 << 10));
  }

  /** Files are split by day, so that those of a day can be deleted as a whole. */
  private static ColumnFamilyOptions idempotencyOptions(
      LRUCache cache,
      BloomFilter bloom,
      SstPartitionerFixedPrefixFactory days,
      RocksLimits limits) {
    return columnFamilyOptions(cache, bloom, limits)
        .setWriteBufferSize(Math.min(IDEMPOTENCY_BUFFER_BYTES, limits.writeBuffer()))
        .setSstPartitionerFactory(days);
  }

  private static <T extends AutoCloseable> T keep(List<AutoCloseable> natives, T object) {
    natives.add(object);
    return object;
  }

  /** Returns the bytes in files and in memory, of all column families. */
  long bytes() {
    return property("rocksdb.total-sst-files-size") + property("rocksdb.cur-size-all-mem-tables");
  }

  /** Returns the number of failed flushes and compactions since the start. */
  long backgroundErrors() {
    return property("rocksdb.background-errors");
  }

  private long property(String name) {
    try {
      return db.getAggregatedLongProperty(name);
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB provides the property " + name, e);
    }
  }

  /** Returns what the database shares with the process: disk and memory. */
  RocksEnvironment environment() {
    return environment;
  }

  RocksDB db() {
    return db;
  }

  ColumnFamilyHandle meta() {
    return meta;
  }

  ColumnFamilyHandle events() {
    return events;
  }

  /** Keys of events that are pending archive, without values. */
  ColumnFamilyHandle pendingArchive() {
    return pendingArchive;
  }

  /** The expiry index: keys of events, prefixed by the second of their expiry, without values. */
  ColumnFamilyHandle expiry() {
    return expiry;
  }

  /** See {@link IdempotencyRecords}. */
  ColumnFamilyHandle idempotencyRecords() {
    return idempotencyRecords;
  }

  /** See {@link RocksManifestGenerations}. */
  ColumnFamilyHandle manifestGenerations() {
    return manifestGenerations;
  }

  @Override
  public void close() {
    manifestGenerations.close();
    meta.close();
    events.close();
    pendingArchive.close();
    expiry.close();
    idempotencyRecords.close();
    db.close();
    release(natives);
  }

  private static void release(List<AutoCloseable> natives) {
    for (AutoCloseable object : natives.reversed()) {
      try {
        object.close();
      } catch (Exception e) {
        throw new IllegalStateException("closing a RocksDB object only releases memory", e);
      }
    }
  }
}

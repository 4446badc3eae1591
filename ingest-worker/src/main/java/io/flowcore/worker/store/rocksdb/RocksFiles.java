package io.flowcore.worker.store.rocksdb;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flowcore.worker.store.StoreException;
import io.flowcore.worker.store.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Files;
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
import org.rocksdb.CompactionOptionsFIFO;
import org.rocksdb.CompactionStyle;
import org.rocksdb.CompressionType;
import org.rocksdb.DBOptions;
import org.rocksdb.IndexType;
import org.rocksdb.InfoLogLevel;
import org.rocksdb.LRUCache;
import org.rocksdb.RocksDB;
import org.rocksdb.RocksDBException;
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
  private static final byte[] IDEMPOTENCY_RECORDS = "idempotency_records".getBytes(UTF_8);
  private static final byte[] MANIFEST_GENERATIONS = "manifest_generations".getBytes(UTF_8);

  /** Longer than any record is valid, so that whole files can be deleted. */
  private static final long IDEMPOTENCY_FILE_SECONDS = 2 * 86_400;

  private static final long BLOCK_CACHE_BYTES = 64L << 20;

  /** Few shards, so that each is large enough for the index blocks that are used together. */
  private static final int CACHE_SHARD_BITS = 2;

  private static final long WRITE_BUFFER_BYTES = 64L << 20;
  private static final long IDEMPOTENCY_BUFFER_BYTES = 16L << 20;
  private static final int WRITE_BUFFERS = 3;
  private static final long MAX_WAL_BYTES = 512L << 20;

  private final List<AutoCloseable> natives;
  private final RocksDB db;
  private final ColumnFamilyHandle meta;
  private final ColumnFamilyHandle events;
  private final ColumnFamilyHandle pendingArchive;
  private final ColumnFamilyHandle expiry;
  private final ColumnFamilyHandle idempotencyRecords;
  private final ColumnFamilyHandle manifestGenerations;

  private RocksFiles(
      List<AutoCloseable> natives, RocksDB db, List<ColumnFamilyHandle> columnFamilies) {
    this.natives = natives;
    this.db = db;
    meta = columnFamilies.get(0);
    events = columnFamilies.get(1);
    pendingArchive = columnFamilies.get(2);
    expiry = columnFamilies.get(3);
    idempotencyRecords = columnFamilies.get(4);
    manifestGenerations = columnFamilies.get(5);
  }

  /**
   * Opens the database in a directory, which is created if it does not exist.
   *
   * @throws StoreException with a message for the administrator
   */
  static RocksFiles open(Path directory, Optional<Statistics> statistics) throws StoreException {
    prepare(directory);
    RocksDB.loadLibrary();
    List<AutoCloseable> natives = new ArrayList<>();
    boolean opened = false;
    try {
      keep(natives, StoreLock.take(directory));
      LRUCache cache = keep(natives, new LRUCache(BLOCK_CACHE_BYTES, CACHE_SHARD_BITS));
      BloomFilter bloom = keep(natives, new BloomFilter(10));
      ColumnFamilyOptions columnFamily = keep(natives, columnFamilyOptions(cache, bloom));
      DBOptions options = keep(natives, options());
      statistics.ifPresent(options::setStatistics);
      List<ColumnFamilyDescriptor> descriptors =
          List.of(
              new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, columnFamily),
              new ColumnFamilyDescriptor(EVENTS, columnFamily),
              new ColumnFamilyDescriptor(PENDING_ARCHIVE, columnFamily),
              new ColumnFamilyDescriptor(EXPIRY, columnFamily),
              new ColumnFamilyDescriptor(
                  IDEMPOTENCY_RECORDS, keep(natives, idempotencyOptions(cache, bloom))),
              new ColumnFamilyDescriptor(MANIFEST_GENERATIONS, columnFamily));
      options.setWalRecoveryMode(WalRecovery.mode(directory, options, descriptors.getFirst()));
      List<ColumnFamilyHandle> columnFamilies = new ArrayList<>();
      RocksDB db = RocksDB.open(options, directory.toString(), descriptors, columnFamilies);
      opened = true;
      return new RocksFiles(natives, db, columnFamilies);
    } catch (RocksDBException e) {
      throw new StoreException(Kind.UNAVAILABLE, explain(directory, e), e);
    } finally {
      if (!opened) {
        release(natives);
      }
    }
  }

  private static void prepare(Path directory) throws StoreException {
    try {
      Files.createDirectories(directory);
      Files.delete(Files.createTempFile(directory, "write-test", ".tmp"));
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the data directory "
              + directory
              + " is not writable: "
              + e.getClass().getSimpleName()
              + " "
              + e.getMessage(),
          e);
    }
  }

  private static String explain(Path directory, RocksDBException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("LOCK")) {
      return "the data directory "
          + directory
          + " is in use by another worker; stop that worker, or set another directory with --data";
    }
    String problem = "the hot store in " + directory + " cannot be opened: " + message;
    boolean damaged =
        e.getStatus() != null && e.getStatus().getCode() == Status.Code.Corruption
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
        .setMaxTotalWalSize(MAX_WAL_BYTES)
        .setMaxBackgroundJobs(2)
        .setBytesPerSync(1L << 20)
        .setWalBytesPerSync(0)
        .setKeepLogFileNum(3)
        .setMaxLogFileSize(4L << 20)
        .setInfoLogLevel(InfoLogLevel.WARN_LEVEL)
        .setStatsDumpPeriodSec(0);
  }

  private static ColumnFamilyOptions columnFamilyOptions(LRUCache cache, BloomFilter bloom) {
    return new ColumnFamilyOptions()
        .setWriteBufferSize(WRITE_BUFFER_BYTES)
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

  /** Files are never compacted: each is deleted as a whole when all its records have expired. */
  private static ColumnFamilyOptions idempotencyOptions(LRUCache cache, BloomFilter bloom) {
    return columnFamilyOptions(cache, bloom)
        .setWriteBufferSize(IDEMPOTENCY_BUFFER_BYTES)
        .setCompactionStyle(CompactionStyle.FIFO)
        // A size limit would delete records before they expire, and repeated requests would be
        // accepted twice.
        .setCompactionOptionsFIFO(new CompactionOptionsFIFO().setMaxTableFilesSize(Long.MAX_VALUE))
        .setTtl(IDEMPOTENCY_FILE_SECONDS);
  }

  private static <T extends AutoCloseable> T keep(List<AutoCloseable> natives, T object) {
    natives.add(object);
    return object;
  }

  /** Returns the bytes in files and in memory, of all column families. */
  long bytes() {
    try {
      return db.getAggregatedLongProperty("rocksdb.total-sst-files-size")
          + db.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables");
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB provides these properties", e);
    }
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

  /** See {@link IdempotencyRecordCodec}. */
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

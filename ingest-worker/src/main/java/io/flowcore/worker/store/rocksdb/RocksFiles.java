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
import org.rocksdb.WALRecoveryMode;

/**
 * An open RocksDB with its column families, and everything native that must be released with it.
 */
final class RocksFiles implements AutoCloseable {
  private static final byte[] EVENTS = "events".getBytes(UTF_8);
  private static final byte[] RECEIPTS = "receipts".getBytes(UTF_8);
  private static final byte[] PENDING = "pending".getBytes(UTF_8);
  private static final byte[] EXPIRY = "expiry".getBytes(UTF_8);
  private static final byte[] MARKS = "marks".getBytes(UTF_8);

  /** Longer than any receipt is valid, so that whole files of them can go. */
  private static final long RECEIPT_FILE_SECONDS = 2 * 86_400;

  private static final long BLOCK_CACHE_BYTES = 64L << 20;

  /** Few parts, so that none is too small for what has to be in it together. */
  private static final int CACHE_SHARD_BITS = 2;

  private static final long WRITE_BUFFER_BYTES = 64L << 20;
  private static final long RECEIPT_BUFFER_BYTES = 16L << 20;
  private static final int WRITE_BUFFERS = 3;
  private static final long MAX_WAL_BYTES = 512L << 20;

  private final List<AutoCloseable> natives;
  private final RocksDB db;
  private final ColumnFamilyHandle meta;
  private final ColumnFamilyHandle events;
  private final ColumnFamilyHandle pending;
  private final ColumnFamilyHandle expiry;
  private final ColumnFamilyHandle receipts;
  private final ColumnFamilyHandle marks;

  private RocksFiles(List<AutoCloseable> natives, RocksDB db, List<ColumnFamilyHandle> families) {
    this.natives = natives;
    this.db = db;
    meta = families.get(0);
    events = families.get(1);
    pending = families.get(2);
    expiry = families.get(3);
    receipts = families.get(4);
    marks = families.get(5);
  }

  static RocksFiles open(Path folder, Optional<Statistics> statistics) throws StoreException {
    prepare(folder);
    RocksDB.loadLibrary();
    List<AutoCloseable> natives = new ArrayList<>();
    try {
      LRUCache cache = keep(natives, new LRUCache(BLOCK_CACHE_BYTES, CACHE_SHARD_BITS));
      BloomFilter bloom = keep(natives, new BloomFilter(10));
      ColumnFamilyOptions familyOptions = keep(natives, familyOptions(cache, bloom));
      DBOptions options = keep(natives, options());
      statistics.ifPresent(options::setStatistics);
      List<ColumnFamilyDescriptor> descriptors =
          List.of(
              new ColumnFamilyDescriptor(RocksDB.DEFAULT_COLUMN_FAMILY, familyOptions),
              new ColumnFamilyDescriptor(EVENTS, familyOptions),
              new ColumnFamilyDescriptor(PENDING, familyOptions),
              new ColumnFamilyDescriptor(EXPIRY, familyOptions),
              new ColumnFamilyDescriptor(RECEIPTS, keep(natives, receiptOptions(cache, bloom))),
              new ColumnFamilyDescriptor(MARKS, familyOptions));
      List<ColumnFamilyHandle> families = new ArrayList<>();
      RocksDB db = RocksDB.open(options, folder.toString(), descriptors, families);
      return new RocksFiles(natives, db, families);
    } catch (RocksDBException e) {
      release(natives);
      throw new StoreException(Kind.UNAVAILABLE, explain(folder, e), e);
    }
  }

  private static void prepare(Path folder) throws StoreException {
    try {
      Files.createDirectories(folder);
      Files.delete(Files.createTempFile(folder, "write-test", ".tmp"));
    } catch (IOException e) {
      throw new StoreException(
          Kind.UNAVAILABLE,
          "the data folder "
              + folder
              + " can't be written: "
              + e.getClass().getSimpleName()
              + " "
              + e.getMessage(),
          e);
    }
  }

  private static String explain(Path folder, RocksDBException e) {
    String message = String.valueOf(e.getMessage());
    if (message.contains("LOCK")) {
      return "the data folder "
          + folder
          + " is in use by another worker; stop it, or choose another with --data";
    }
    return "the hot store in " + folder + " can't be opened: " + message;
  }

  private static DBOptions options() {
    return new DBOptions()
        .setCreateIfMissing(true)
        .setCreateMissingColumnFamilies(true)
        // Stops at damage in the middle of the log, which would lose acknowledged events if it were
        // passed over; cuts off
        // only an unfinished record at the end, which nobody was told of.
        .setWalRecoveryMode(WALRecoveryMode.TolerateCorruptedTailRecords)
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

  private static ColumnFamilyOptions familyOptions(LRUCache cache, BloomFilter bloom) {
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
                // Indexes and filters in parts: whole ones of many files would drive each other
                // out of the cache, and each look-up would read them anew.
                .setIndexType(IndexType.kTwoLevelIndexSearch)
                .setPartitionFilters(true)
                .setMetadataBlockSize(4 << 10)
                .setCacheIndexAndFilterBlocks(true)
                .setCacheIndexAndFilterBlocksWithHighPriority(true)
                .setPinTopLevelIndexAndFilter(true)
                .setBlockSize(16 << 10));
  }

  /** Files are never merged: each goes as a whole when all in it has expired. */
  private static ColumnFamilyOptions receiptOptions(LRUCache cache, BloomFilter bloom) {
    return familyOptions(cache, bloom)
        .setWriteBufferSize(RECEIPT_BUFFER_BYTES)
        .setCompactionStyle(CompactionStyle.FIFO)
        // The size would be a bound too, at which receipts would go early and requests be taken
        // twice.
        .setCompactionOptionsFIFO(new CompactionOptionsFIFO().setMaxTableFilesSize(Long.MAX_VALUE))
        .setTtl(RECEIPT_FILE_SECONDS);
  }

  private static <T extends AutoCloseable> T keep(List<AutoCloseable> natives, T object) {
    natives.add(object);
    return object;
  }

  /** Bytes in files and in memory, of all families. */
  long bytes() {
    try {
      return db.getAggregatedLongProperty("rocksdb.total-sst-files-size")
          + db.getAggregatedLongProperty("rocksdb.cur-size-all-mem-tables");
    } catch (RocksDBException e) {
      throw new IllegalStateException("RocksDB has these properties", e);
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

  /** Keys of events that wait to be archived, without values. */
  ColumnFamilyHandle pending() {
    return pending;
  }

  /** Keys of events behind the second of their expiry, without values. */
  ColumnFamilyHandle expiry() {
    return expiry;
  }

  ColumnFamilyHandle receipts() {
    return receipts;
  }

  /** See {@link RocksManifestGenerations}. */
  ColumnFamilyHandle marks() {
    return marks;
  }

  @Override
  public void close() {
    marks.close();
    meta.close();
    events.close();
    pending.close();
    expiry.close();
    receipts.close();
    db.close();
    release(natives);
  }

  private static void release(List<AutoCloseable> natives) {
    for (AutoCloseable object : natives.reversed()) {
      try {
        object.close();
      } catch (Exception e) {
        throw new IllegalStateException("RocksDB's objects release memory only", e);
      }
    }
  }
}

package io.flowcore.catalog;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jdk8.Jdk8Module;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.flowcore.catalog.Catalog.DataCoreEntry;
import io.flowcore.catalog.Catalog.KeyEntry;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * Reads and writes the two files that pass a catalog from the operator to the workers: {@value
 * #CATALOG_FILE} from a ConfigMap and {@value #KEYS_FILE}, with digests only, from a Secret.
 *
 * <p>A kubelet refreshes the two at different times. Both contain the revision of the whole
 * catalog, and only two files of the same revision can be read.
 */
public final class CatalogCodec {
  /** The file with data cores, flow types and event types. */
  public static final String CATALOG_FILE = "catalog.json";

  /** The file with key digests. */
  public static final String KEYS_FILE = "keys.json";

  private static final String FORMAT = "flowcore.io/catalog.v1";

  private static final int REVISION_BYTES = 16;

  /**
   * Ignores unknown fields, because a newer operator can write fields that an older worker does not
   * know.
   */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .addModule(new Jdk8Module())
          .addModule(new JavaTimeModule())
          .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
          .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .enable(DeserializationFeature.FAIL_ON_NULL_CREATOR_PROPERTIES)
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_ABSENT, JsonInclude.Include.NON_ABSENT))
          .build();

  private CatalogCodec() {}

  private record CatalogFile(String format, String revision, List<DataCoreEntry> dataCores) {}

  private record KeysFile(String format, String revision, List<KeyEntry> keys) {}

  /** Returns the text of {@value #CATALOG_FILE}. */
  public static String writeCatalog(Catalog catalog) {
    return write(new CatalogFile(FORMAT, catalog.revision(), catalog.dataCores()));
  }

  /**
   * Returns the text of {@value #KEYS_FILE}. Store it in a Secret, although keys cannot be derived
   * from it.
   */
  public static String writeKeys(Catalog catalog) {
    return write(new KeysFile(FORMAT, catalog.revision(), catalog.keys()));
  }

  /**
   * Reads a catalog from its two files.
   *
   * @throws CatalogFormatException if a file has another format, or the two have different
   *     revisions
   */
  public static Catalog read(String catalogText, String keysText) throws CatalogFormatException {
    CatalogFile catalog = readCatalogFile(catalogText);
    KeysFile keys = readKeysFile(keysText);
    if (!catalog.revision().equals(keys.revision())) {
      throw new CatalogFormatException(
          "%s has revision %s, %s has revision %s; waiting until both have the same revision"
              .formatted(CATALOG_FILE, catalog.revision(), KEYS_FILE, keys.revision()));
    }
    return new Catalog(catalog.revision(), catalog.dataCores(), keys.keys());
  }

  /**
   * Reads a catalog from its two files, although their revisions can differ: an operator can stop
   * after it wrote the first one. The result is the last known good version of each resource, but
   * not a state that was written as a whole, so a worker must not load it.
   *
   * @throws CatalogFormatException if a file has another format
   */
  public static Catalog readLastWritten(String catalogText, String keysText)
      throws CatalogFormatException {
    return Catalog.of(readCatalogFile(catalogText).dataCores(), readKeysFile(keysText).keys());
  }

  private static CatalogFile readCatalogFile(String text) throws CatalogFormatException {
    CatalogFile file = parse(CATALOG_FILE, text, CatalogFile.class);
    checkFormat(CATALOG_FILE, file.format());
    return file;
  }

  private static KeysFile readKeysFile(String text) throws CatalogFormatException {
    KeysFile file = parse(KEYS_FILE, text, KeysFile.class);
    checkFormat(KEYS_FILE, file.format());
    return file;
  }

  /**
   * Returns a hash of the content. 128 bits of SHA-256 are enough: a revision only has to differ,
   * and forging one gains nothing.
   */
  static String revision(List<DataCoreEntry> dataCores, List<KeyEntry> keys) {
    String content =
        write(new CatalogFile(FORMAT, "", dataCores))
            + '\n'
            + write(new KeysFile(FORMAT, "", keys));
    return HexFormat.of().formatHex(Sha256.digest(content.getBytes(UTF_8)), 0, REVISION_BYTES);
  }

  private static void checkFormat(String file, String format) throws CatalogFormatException {
    if (!FORMAT.equals(format)) {
      throw new CatalogFormatException(
          "%s has format %s, but this worker supports only format %s; use the same release of operator and worker"
              .formatted(file, format, FORMAT));
    }
  }

  private static String write(Object file) {
    try {
      return JSON.writeValueAsString(file);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a catalog contains only values that JSON supports", e);
    }
  }

  private static <T> T parse(String file, String text, Class<T> type)
      throws CatalogFormatException {
    try {
      T parsed = JSON.readValue(text, type);
      if (parsed == null) {
        throw new CatalogFormatException(file + " is empty");
      }
      return parsed;
    } catch (JsonProcessingException e) {
      // The original message can quote the content of the file.
      throw new CatalogFormatException(
          String.format(
              Locale.ROOT,
              "%s cannot be parsed: %s at line %d, column %d",
              file,
              e.getClass().getSimpleName(),
              line(e),
              column(e)));
    }
  }

  private static int line(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : e.getLocation().getLineNr();
  }

  private static int column(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
  }
}

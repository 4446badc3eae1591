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

/**
 * The two files in which the operator hands a catalog to its workers: {@value #CATALOG_FILE} from a
 * ConfigMap and {@value #KEYS_FILE}, with digests only, from a Secret.
 *
 * <p>A kubelet refreshes the two at different instants. Both carry the revision of the whole, and
 * only a pair that agrees is a catalog.
 */
public final class CatalogCodec {
  /** Name of the file with data cores, flow types and event types. */
  public static final String CATALOG_FILE = "catalog.json";

  /** Name of the file with key digests. */
  public static final String KEYS_FILE = "keys.json";

  private static final String FORMAT = "flowcore.io/catalog.v1";

  /** Unknown fields pass: a newer operator may say more than an older worker has to know. */
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

  /** The text of {@value #CATALOG_FILE}. */
  public static String writeCatalog(Catalog catalog) {
    return write(new CatalogFile(FORMAT, catalog.revision(), catalog.dataCores()));
  }

  /** The text of {@value #KEYS_FILE}. Belongs into a Secret, though no key can be made from it. */
  public static String writeKeys(Catalog catalog) {
    return write(new KeysFile(FORMAT, catalog.revision(), catalog.keys()));
  }

  /**
   * Reads a catalog from its two files.
   *
   * @throws CatalogFormatException if a file is no such file, or the two are of different revisions
   */
  public static Catalog read(String catalogText, String keysText) throws CatalogFormatException {
    CatalogFile catalog = parse(CATALOG_FILE, catalogText, CatalogFile.class);
    KeysFile keys = parse(KEYS_FILE, keysText, KeysFile.class);
    checkFormat(CATALOG_FILE, catalog.format());
    checkFormat(KEYS_FILE, keys.format());
    if (!catalog.revision().equals(keys.revision())) {
      throw new CatalogFormatException(
          "%s is of revision %s, %s of revision %s; waiting for both to be the same"
              .formatted(CATALOG_FILE, catalog.revision(), KEYS_FILE, keys.revision()));
    }
    return new Catalog(catalog.revision(), catalog.dataCores(), keys.keys());
  }

  /**
   * A hash of the content. 128 bits of SHA-256: nobody gains by forging a revision, it only has to
   * differ.
   */
  static String revision(List<DataCoreEntry> dataCores, List<KeyEntry> keys) {
    String content =
        write(new CatalogFile(FORMAT, "", dataCores))
            + '\n'
            + write(new KeysFile(FORMAT, "", keys));
    return HexFormat.of().formatHex(Ids.digest("SHA-256", content.getBytes(UTF_8)), 0, 16);
  }

  private static void checkFormat(String file, String format) throws CatalogFormatException {
    if (!FORMAT.equals(format)) {
      throw new CatalogFormatException(
          "%s is of format %s; this worker reads %s".formatted(file, format, FORMAT));
    }
  }

  private static String write(Object file) {
    try {
      return JSON.writeValueAsString(file);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a catalog consists of values that JSON can hold", e);
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
      // The original message could quote what the file holds.
      throw new CatalogFormatException(
          "%s can't be read: %s at line %d, column %d"
              .formatted(file, e.getClass().getSimpleName(), line(e), column(e)));
    }
  }

  private static int line(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : e.getLocation().getLineNr();
  }

  private static int column(JsonProcessingException e) {
    return e.getLocation() == null ? 0 : e.getLocation().getColumnNr();
  }
}

package io.flowcore.catalog;

import static io.flowcore.catalog.ResourceFixtures.KEY;
import static io.flowcore.catalog.ResourceFixtures.dataCore;
import static io.flowcore.catalog.ResourceFixtures.eventType;
import static io.flowcore.catalog.ResourceFixtures.flowType;
import static io.flowcore.catalog.ResourceFixtures.key;
import static io.flowcore.catalog.ResourceFixtures.secret;
import static io.flowcore.catalog.ResourceFixtures.set;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CatalogCodecTest {
  private static final Catalog SHOP = catalog(", schema: {type: object}");

  private static Catalog catalog(String eventTypeFields) {
    return CatalogCompiler.compile(
            set(
                dataCore("shop"),
                flowType("orders", "shop", "orders"),
                eventType("placed", "orders", "order.placed", eventTypeFields),
                key(
                    "k",
                    "shop",
                    "s",
                    ", expiresAt: '2030-01-01T00:00:00Z', allow: [{flowType: orders}]"),
                secret("s", KEY)))
        .catalog();
  }

  @Test
  void readsWhatItWrites() throws CatalogFormatException {
    assertThat(CatalogCodec.read(CatalogCodec.writeCatalog(SHOP), CatalogCodec.writeKeys(SHOP)))
        .isEqualTo(SHOP);
  }

  @Test
  void theRevisionOfACatalogThatWasReadIsThatOfTheWrittenOne() throws CatalogFormatException {
    String keys = CatalogCodec.writeKeys(SHOP);
    assertThat(keys).contains("\"ingest\",\"fetch\"");

    Catalog read =
        CatalogCodec.read(
            CatalogCodec.writeCatalog(SHOP),
            keys.replace("\"ingest\",\"fetch\"", "\"fetch\",\"ingest\""));

    assertThat(Catalog.of(read.dataCores(), read.keys()).revision()).isEqualTo(SHOP.revision());
  }

  @Test
  void absentFieldsStayAbsent() throws CatalogFormatException {
    Catalog bare = catalog("");

    assertThat(CatalogCodec.read(CatalogCodec.writeCatalog(bare), CatalogCodec.writeKeys(bare)))
        .isEqualTo(bare);
  }

  @Test
  void theLimitForOldEventTimesIsWrittenAndRead() throws CatalogFormatException {
    Catalog limited =
        CatalogCompiler.compile(set(dataCore("shop", "acme", "shop", "limits: {maxPastAge: 30d}")))
            .catalog();
    Catalog read =
        CatalogCodec.read(CatalogCodec.writeCatalog(limited), CatalogCodec.writeKeys(limited));

    assertThat(read.dataCores().getFirst().limits().maxPastAgeSeconds()).contains(30 * 86_400L);
    assertThat(SHOP.dataCores().getFirst().limits().maxPastAgeSeconds()).as("default").isEmpty();
  }

  @Test
  void theFilesDoNotContainKeys() {
    assertThat(CatalogCodec.writeCatalog(SHOP) + CatalogCodec.writeKeys(SHOP))
        .doesNotContain(KEY)
        .doesNotContain(KEY.substring(KEY.lastIndexOf('_') + 1));
  }

  @Test
  void filesOfDifferentRevisionsAreRejected() {
    Catalog other = catalog("");

    assertThatThrownBy(
            () -> CatalogCodec.read(CatalogCodec.writeCatalog(SHOP), CatalogCodec.writeKeys(other)))
        .isInstanceOf(CatalogFormatException.class)
        .hasMessageContaining(SHOP.revision())
        .hasMessageContaining(other.revision());
  }

  @Test
  void theLastWrittenCatalogIsReadFromFilesOfDifferentRevisions() throws CatalogFormatException {
    Catalog newest = catalog("");
    String catalogText = CatalogCodec.writeCatalog(newest);

    assertThat(CatalogCodec.readLastWritten(catalogText, CatalogCodec.writeKeys(SHOP)))
        .isEqualTo(Catalog.of(newest.dataCores(), SHOP.keys()));
    assertThat(CatalogCodec.readLastWritten(catalogText, CatalogCodec.writeKeys(newest)))
        .isEqualTo(newest);
  }

  @Test
  void theMessageForAnUnknownFormatNamesIt() {
    assertThatThrownBy(() ->
            CatalogCodec.read(
                "{\"format\":\"v9\",\"revision\":\"\",\"dataCores\":[]}",
                CatalogCodec.writeKeys(SHOP)))
        .isInstanceOf(CatalogFormatException.class)
        .hasMessageContaining("v9");
  }

  @Test
  void theMessageForATruncatedFileHasThePositionButNotTheText() {
    String truncated = CatalogCodec.writeKeys(SHOP).substring(0, 150);

    assertThatThrownBy(() -> CatalogCodec.read(CatalogCodec.writeCatalog(SHOP), truncated))
        .isInstanceOf(CatalogFormatException.class)
        .hasMessageContaining("keys.json")
        .hasMessageContaining("line 1")
        .hasMessageNotContaining("sha256");
  }

  @Test
  void fieldsOfANewerOperatorAreIgnored() throws CatalogFormatException {
    String newer = CatalogCodec.writeCatalog(SHOP).replaceFirst("\\{", "{\"brandNew\":1,");

    assertThat(CatalogCodec.read(newer, CatalogCodec.writeKeys(SHOP))).isEqualTo(SHOP);
  }
}

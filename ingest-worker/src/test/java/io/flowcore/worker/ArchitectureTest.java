package io.flowcore.worker;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.flowcore.testing.SourcePackageCycles;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** Data flows one way: http, then ingest or query, then store, then event. */
class ArchitectureTest {
  private static final String ROOT = "io.flowcore.worker.";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.flowcore.worker");

  private static void mayNotUse(String room, String... others) {
    String[] packages = new String[others.length];
    for (int i = 0; i < others.length; i++) {
      packages[i] = ROOT + others[i] + "..";
    }
    noClasses()
        .that()
        .resideInAPackage(ROOT + room + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages)
        .check(CLASSES);
  }

  @Test
  void eventsKnowNothingOfTheRest() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "event..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(ROOT + "event..", "java..")
        .check(CLASSES);
  }

  @Test
  void nothingImportsHttpButTheWiring() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "*..")
        .and()
        .resideOutsideOfPackage(ROOT + "http..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + "http..")
        .check(CLASSES);
  }

  @Test
  void storesKnowEventsOnly() {
    mayNotUse("store", "ingest", "query", "auth", "catalog", "observe", "error");
  }

  @Test
  void archivesKnowEventsAndTheHotStoreOnly() {
    mayNotUse("archive", "ingest", "query", "auth", "catalog", "observe", "error");
    mayNotUse("store", "archive");
  }

  @Test
  void ingestAndQueryDoNotKnowEachOther() {
    mayNotUse("ingest", "query");
    mayNotUse("query", "ingest");
  }

  @Test
  void noStoreEngineIsNamedOutsideItsRoom() {
    for (String room : new String[] {"http", "ingest", "query", "auth", "catalog", "observe"}) {
      mayNotUse(room, "store.rocksdb");
      mayNotUse(room, "store.cassandra");
      mayNotUse(room, "archive.store.directory");
      mayNotUse(room, "archive.store.s3");
    }
  }

  @Test
  void noRoomsDependOnEachOtherInACircle() {
    slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void packagesHaveNoCyclesInTheSources() throws IOException {
    assertThat(SourcePackageCycles.findBelow(Path.of("src", "main", "java"), "io.flowcore.worker"))
        .isEmpty();
  }

  @Test
  void theOperatorIsNoPartOfAWorker() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.flowcore.operator..")
        .check(CLASSES);
  }
}

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

/** Packages depend on each other in one direction: http, ingest or query, store, event. */
class ArchitectureTest {
  private static final String ROOT = "io.flowcore.worker.";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.flowcore.worker");

  private static void mustNotUse(String user, String... used) {
    String[] packages = new String[used.length];
    for (int i = 0; i < used.length; i++) {
      packages[i] = ROOT + used[i] + "..";
    }
    noClasses()
        .that()
        .resideInAPackage(ROOT + user + "..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(packages)
        .check(CLASSES);
  }

  private static void mustUseOnlyItselfAndJava(String user) {
    noClasses()
        .that()
        .resideInAPackage(ROOT + user + "..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(ROOT + user + "..", "java..")
        .check(CLASSES);
  }

  @Test
  void eventsAndMetricsDependOnNothingElse() {
    mustUseOnlyItselfAndJava("event");
    mustUseOnlyItselfAndJava("metrics");
  }

  @Test
  void onlyTheRootPackageUsesHttp() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "*..")
        .and()
        .resideOutsideOfPackages(ROOT + "http..", ROOT + "cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + "http..")
        .check(CLASSES);
  }

  @Test
  void onlyTheCommandLineUsesTheRootPackage() {
    noClasses()
        .that()
        .resideInAPackage(ROOT + "*..")
        .and()
        .resideOutsideOfPackage(ROOT + "cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.flowcore.worker")
        .check(CLASSES);
  }

  @Test
  void noPackageUsesTheCommandLine() {
    noClasses()
        .that()
        .resideOutsideOfPackage(ROOT + "cli..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage(ROOT + "cli..")
        .check(CLASSES);
  }

  @Test
  void storesUseOnlyEventsAndMetrics() {
    mustNotUse("store", "ingest", "query", "auth", "catalog", "observe", "error");
  }

  @Test
  void archivesUseOnlyEventsMetricsAndTheHotStore() {
    mustNotUse("archive", "ingest", "query", "auth", "catalog", "observe", "error");
    mustNotUse("store", "archive");
  }

  @Test
  void ingestAndQueryDoNotUseEachOther() {
    mustNotUse("ingest", "query");
    mustNotUse("query", "ingest");
  }

  @Test
  void noOtherPackageUsesAStorageEngine() {
    for (String user : new String[] {"http", "ingest", "query", "auth", "catalog", "observe"}) {
      mustNotUse(user, "store.rocksdb");
      mustNotUse(user, "store.cassandra");
      mustNotUse(user, "archive.store.directory");
      mustNotUse(user, "archive.store.s3");
    }
  }

  @Test
  void packagesHaveNoDependencyCycles() {
    slices().matching(ROOT + "(*)..").should().beFreeOfCycles().check(CLASSES);
  }

  @Test
  void packagesHaveNoCyclesInTheSources() throws IOException {
    assertThat(SourcePackageCycles.find(Path.of("src", "main", "java"))).isEmpty();
  }

  @Test
  void workersDoNotUseTheOperator() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.flowcore.operator..")
        .check(CLASSES);
  }
}

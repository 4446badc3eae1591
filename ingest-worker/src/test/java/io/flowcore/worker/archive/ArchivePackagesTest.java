package io.flowcore.worker.archive;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The packages of the archive depend on each other in one direction. */
class ArchivePackagesTest {
  private static final String ARCHIVE = "io.flowcore.worker.archive";
  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages(ARCHIVE);

  @Test
  void eachPackageUsesOnlyThePackagesBelowIt() {
    layeredArchitecture()
        .consideringOnlyDependenciesInAnyPackage(ARCHIVE + "..")
        .layer("archive")
        .definedBy(ARCHIVE)
        .layer("manifest")
        .definedBy(ARCHIVE + ".manifest..")
        .layer("segment")
        .definedBy(ARCHIVE + ".segment..")
        .layer("store")
        .definedBy(ARCHIVE + ".store..")
        .whereLayer("archive")
        .mayNotBeAccessedByAnyLayer()
        .whereLayer("manifest")
        .mayOnlyBeAccessedByLayers("archive")
        .whereLayer("segment")
        .mayOnlyBeAccessedByLayers("archive", "manifest")
        .check(CLASSES);
  }

  @Test
  void noPackagesDependOnEachOtherInACycle() {
    slices().matching(ARCHIVE + ".(**)").should().beFreeOfCycles().check(CLASSES);
  }
}

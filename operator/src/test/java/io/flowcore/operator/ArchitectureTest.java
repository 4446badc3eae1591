package io.flowcore.operator;

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

class ArchitectureTest {
  private static final JavaClasses OPERATOR =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.flowcore.operator");

  @Test
  void theOperatorDoesNotDependOnTheWorker() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.flowcore.worker..")
        .check(OPERATOR);
  }

  @Test
  void resolvePlanAndStatusUseNoClientAndNoClock() {
    noClasses()
        .that()
        .resideInAnyPackage("..operator.resolve..", "..operator.plan..", "..operator.status..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.fabric8.kubernetes.client..", "io.javaoperatorsdk..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.time.Clock")
        .check(OPERATOR);
  }

  @Test
  void onlyTheOperatorMainUsesReconcilers() {
    noClasses()
        .that()
        .resideInAPackage("io.flowcore.operator.*..")
        .and()
        .resideOutsideOfPackage("..operator.reconcile..")
        .should()
        .dependOnClassesThat()
        .resideInAPackage("..operator.reconcile..")
        .check(OPERATOR);
  }

  @Test
  void packagesHaveNoCycles() {
    slices().matching("io.flowcore.operator.(*)..").should().beFreeOfCycles().check(OPERATOR);
  }

  @Test
  void packagesHaveNoCyclesInTheSources() throws IOException {
    assertThat(SourcePackageCycles.find(Path.of("src", "main", "java"))).isEmpty();
  }
}

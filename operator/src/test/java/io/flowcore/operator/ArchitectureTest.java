package io.flowcore.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  private static final JavaClasses OPERATOR =
      new ClassFileImporter()
          .withImportOption(new ImportOption.DoNotIncludeTests())
          .importPackages("io.flowcore.operator");

  @Test
  void theOperatorKnowsTheApiAndNothingOfTheWorker() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.flowcore.worker..")
        .check(OPERATOR);
  }

  @Test
  void resolvingPlanningAndStatusesTouchNoClientAndNoClock() {
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
  void roomsHaveNoCycles() {
    slices().matching("io.flowcore.operator.(*)..").should().beFreeOfCycles().check(OPERATOR);
  }
}

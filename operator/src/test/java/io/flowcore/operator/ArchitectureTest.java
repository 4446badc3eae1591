package io.flowcore.operator;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

class ArchitectureTest {
  @Test
  void theOperatorKnowsTheApiAndNothingOfTheWorker() {
    noClasses()
        .should()
        .dependOnClassesThat()
        .resideInAPackage("io.flowcore.worker..")
        .check(new ClassFileImporter().importPackages("io.flowcore.operator"));
  }
}

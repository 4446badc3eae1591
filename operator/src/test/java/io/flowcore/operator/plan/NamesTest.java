package io.flowcore.operator.plan;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class NamesTest {
  @Test
  void aValidServiceNameIsKept() {
    assertThat(Names.base("shop")).isEqualTo("shop");
    assertThat(Names.base("shop-2")).isEqualTo("shop-2");
  }

  @Test
  void everyOtherNameBecomesAValidAndUniqueServiceName() {
    List<String> invalid =
        List.of(
            "2shop",
            "shop.a",
            "shop-a.",
            "x".repeat(51),
            "x".repeat(52),
            "x".repeat(253),
            "a.b",
            "a-b.");
    List<String> bases = invalid.stream().map(Names::base).toList();
    assertThat(bases).doesNotHaveDuplicates();
    assertThat(bases).allMatch(base -> base.matches("[a-z]([-a-z0-9]*[a-z0-9])?"));
    assertThat(bases).allMatch(base -> (base + "-hot-store").length() <= 63);
  }
}

package io.flowcore.catalog;

import io.flowcore.catalog.ValidationFailure.Reason;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Gives every name to one resource of those that ask for it. */
final class Claims {
  private final Map<String, ResourceId> ownersBefore;
  private final Map<String, ResourceId> owners = new HashMap<>();
  private final List<Claim> asked = new ArrayList<>();

  /** Starts with nothing given. */
  Claims(Map<String, ResourceId> ownersBefore) {
    this.ownersBefore = ownersBefore;
  }

  private record Claim(String name, ResourceId claimant, Reason conflict, Runnable accept) {}

  /**
   * Asks for a name. Those who ask must do so in the order in which they came.
   *
   * @param conflict why the claimant is refused if another gets the name
   * @param accept runs if the claimant gets it
   */
  void ask(String name, ResourceId claimant, Reason conflict, Runnable accept) {
    asked.add(new Claim(name, claimant, conflict, accept));
  }

  /** Gives what was asked for since the last time, to its owner before or else to the first. */
  Map<ResourceId, List<ValidationFailure>> award() {
    for (Claim claim : asked) {
      if (claim.claimant().equals(ownersBefore.get(claim.name()))) {
        owners.put(claim.name(), claim.claimant());
      }
    }
    Map<ResourceId, List<ValidationFailure>> verdicts = new HashMap<>();
    for (Claim claim : asked) {
      owners.putIfAbsent(claim.name(), claim.claimant());
      ResourceId owner = owners.get(claim.name());
      if (owner.equals(claim.claimant())) {
        verdicts.put(claim.claimant(), List.of());
        claim.accept().run();
      } else {
        verdicts.put(
            claim.claimant(), List.of(ValidationFailure.of(claim.conflict(), lost(claim, owner))));
      }
    }
    asked.clear();
    return verdicts;
  }

  private static String lost(Claim claim, ResourceId owner) {
    return claim.name() + " belongs to " + owner + ", which came first; rename or delete one";
  }

  /** Who got each name. */
  Map<String, ResourceId> owners() {
    return Map.copyOf(owners);
  }
}
